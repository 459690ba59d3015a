/* A ring buffer of bytes. */
#include <stdlib.h>
#include <string.h>

#define RING_SIZE 1024
#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* What may go wrong. */
enum ring_error {
    RING_OK,
    RING_FULL,
};

struct ring {
    unsigned char *data;
    size_t head;
    size_t tail;
};

typedef struct {
    int code;
    const char *text;
} ring_message;

typedef int (*ring_callback)(struct ring *ring, void *context);
typedef unsigned long ring_offset;

static const char *messages[] = {"ok", "full"};

int ring_read(struct ring *ring, void *into, size_t length);

/**
 * Allocates a ring.
 *
 * Returns NULL without memory.
 */
struct ring *ring_new(size_t size)
{
    struct ring *ring = calloc(1, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    ring->data = malloc(size);
    return ring;
}

#ifdef RING_DEBUG
/* Prints a ring. */
static void
ring_print(const struct ring *ring)
{
    int local = 1;
    printf("%zu %zu\n", ring->head, ring->tail);
    printf("%d\n", local);
}
#else
static void ring_print(const struct ring *ring) { (void)ring; }
#endif

void (*ring_hook(int which))(struct ring *)
{
    if (which)
        return ring_free;
    return NULL;
}
