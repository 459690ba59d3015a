"""
Shapes and their areas.
"""
module Shapes

export Circle, area

using LinearAlgebra

const TOLERANCE = 1e-9

"Anything with an area."
abstract type Shape end

"""
    Circle(radius)

Round.
"""
struct Circle <: Shape
    radius::Float64
end

mutable struct Box{T<:Real} <: Shape
    width::T
    height::T
end

"""
    area(shape)

Return the area of a shape.
"""
function area(c::Circle)
    r = c.radius
    return pi * r^2
end

area(b::Box) = b.width * b.height

# Doubles in place.
function scale!(b::Box{T}, by::T) where {T<:Real}
    b.width *= by
    b.height *= by
    return b
end

function Base.show(io::IO, c::Circle)
    print(io, "Circle of ")
    print(io, c.radius)
end

macro timed(expression)
    quote
        @time $(esc(expression))
    end
end

end
