/// Orders and their totals.
module Shop.Orders

open System

[<Literal>]
let Limit = 100

/// A line of an order.
type Line =
    { Name: string
      Price: decimal }

type State =
    | Open
    | Paid of DateTime

type Check = Line -> bool

/// Counts orders.
type Counter(start: int) =
    let mutable value = start

    member this.Next() =
        value <- value + 1
        value

    static member Create() = Counter(0)

type IStore =
    abstract member Load: id: int -> Line list

/// Adds up the lines.
let total (lines: Line list) =
    lines
    |> List.map (fun line -> line.Price)
    |> List.sum

let rec countDown n =
    if n > 0 then
        printfn "%d" n
        countDown (n - 1)

module Prices =
    let round (price: decimal) =
        Math.Round(price, 2)
