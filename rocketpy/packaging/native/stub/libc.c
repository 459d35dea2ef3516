/* The few functions of the C library that the decoder and the compiler ask for. */

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t count)
{
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t count)
{
    char *target = to;
    const char *source = from;
    if (target <= source || target >= source + count)
        return memcpy(to, from, count);
    while (count--)
        target[count] = source[count];
    return to;
}

void *memset(void *at, int byte, size_t count)
{
    void *start = at;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(byte) : "memory");
    return start;
}

/* The decoder is given its workspace and needs no heap; these are only named by it. */
void *malloc(size_t count)
{
    (void)count;
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    (void)count;
    (void)size;
    return NULL;
}

void free(void *at)
{
    (void)at;
}
