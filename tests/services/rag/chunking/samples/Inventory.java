package org.example.inventory;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts what is on the shelves.
 */
@Service
public class Inventory<T extends Item> implements Counter {
    /** Most of one item. */
    public static final int LIMIT = 1000;

    private final Map<String, Integer> counts = new HashMap<>();

    /** Creates an empty inventory. */
    public Inventory() {
        this.counts.clear();
        this.counts.put("none", 0);
    }

    /**
     * Adds some of an item.
     *
     * @param name what it is called
     */
    @Override
    @Transactional(readOnly = false)
    public int add(String name, int amount) {
        int next = counts.getOrDefault(name, 0) + amount;
        counts.put(name, next);
        return next;
    }

    private static class Shelf {
        int height() {
            return 3;
        }
    }
}

interface Counter {
    int ZERO = 0;

    int add(String name, int amount);

    default boolean isEmpty() {
        return true;
    }
}

/** How large an item is. */
enum Size {
    SMALL,
    LARGE;

    Size next() {
        return LARGE;
    }
}

record Item(String name, Size size) {
    Item {
        if (name == null) {
            throw new IllegalArgumentException("name");
        }
    }
}

@interface Service {
    String value() default "";
}
