//! A growing list.
const std = @import("std");

/// First capacity.
pub const initial_capacity: usize = 8;

const Allocator = std.mem.Allocator;

/// What may go wrong.
pub const ListError = error{ OutOfMemory, Empty };

pub const Kind = enum {
    small,
    large,
};

/// Keeps items in order.
pub const List = struct {
    items: []u8,
    allocator: Allocator,

    pub const empty = List{ .items = &.{}, .allocator = undefined };

    /// Adds an item.
    pub fn append(self: *List, item: u8) !void {
        const next = self.items.len + 1;
        self.items = try self.allocator.realloc(self.items, next);
        self.items[next - 1] = item;
    }

    fn last(self: List) ?u8 {
        if (self.items.len == 0) return null;
        return self.items[self.items.len - 1];
    }
};

pub fn Pair(comptime T: type) type {
    return struct {
        first: T,
        second: T,
    };
}

var counter: u32 = 0;

// Counts up.
export fn count() u32 {
    counter += 1;
    return counter;
}

test "append keeps order" {
    var list = List.empty;
    try list.append(1);
    try std.testing.expectEqual(@as(?u8, 1), list.last());
}
