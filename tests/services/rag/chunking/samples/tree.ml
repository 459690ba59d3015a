(* Balanced trees. *)

open Printf

(** How deep a tree may be. *)
let limit = 64

(** A tree of values. *)
type 'a tree =
  | Leaf
  | Node of 'a tree * 'a * 'a tree

exception Too_deep of int

module type ORDERED = sig
  type t

  val compare : t -> t -> int
end

(** Sets over an order. *)
module Make (Order : ORDERED) = struct
  type elt = Order.t

  (** Adds an element. *)
  let rec add x = function
    | Leaf -> Node (Leaf, x, Leaf)
    | Node (l, y, r) ->
        if Order.compare x y < 0 then Node (add x l, y, r)
        else Node (l, y, add x r)

  let empty = Leaf
end

(** Counts the values. *)
let rec size tree =
  match tree with
  | Leaf -> 0
  | Node (left, _, right) ->
      size left + 1 + size right

let rec even n = n = 0 || odd (n - 1)
and odd n = n <> 0 && even (n - 1)

let ( ++ ) a b =
  a + b

class counter start =
  object
    val mutable value = start

    method next =
      value <- value + 1;
      value
  end

let () =
  printf "%d\n" (size Leaf)
