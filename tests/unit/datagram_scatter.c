/* shim/datagrams/scatter: a datagram with its header in the program's own buffers. */
#include "shim/datagrams/scatter.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MAX = 64 };

/* As the kernel fills the buffers. */
static void fill(struct s5a_scatter *s, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < s->count && len > 0; i++) {
        size_t some = s->list[i].iov_len < len ? s->list[i].iov_len : len;
        memcpy(s->list[i].iov_base, bytes, some);
        bytes += some;
        len -= some;
    }
}

/* `data` bytes behind `header` ones, received into parts of the sizes given, where the header was
 * guessed to have `guess`. */
static void check(size_t header, size_t data, size_t guess, const size_t *sizes, size_t parts)
{
    uint8_t datagram[S5A_UDP_HEADER_MAX + MAX], got[4 * MAX], head[S5A_UDP_HEADER_MAX];
    struct iovec list[4];
    struct s5a_scatter s;
    size_t room = 0, len = header + data;
    memset(got, 0xee, sizeof got);
    for (size_t i = 0; i < len; i++)
        datagram[i] = (uint8_t)(i < header ? 0x80 + i : 1 + i - header);
    for (size_t i = 0; i < parts; room += sizes[i++])
        list[i] = (struct iovec){ got + room, sizes[i] };
    cr_assert(s5a_scatter_init(&s, list, parts, guess));
    size_t gathered = len < guess + room + sizeof s.tail ? len : guess + room + sizeof s.tail;
    fill(&s, datagram, gathered);
    size_t peeked = s5a_scatter_peek(&s, gathered, head, sizeof head);
    cr_assert_eq(peeked, gathered < sizeof head ? gathered : sizeof head);
    cr_assert_arr_eq(head, datagram, peeked);
    size_t kept = s5a_scatter_settle(&s, gathered, header);
    cr_assert_eq(kept, data < room ? data : room, "%zu %zu %zu", header, data, guess);
    cr_assert_arr_eq(got, datagram + header, kept, "%zu %zu %zu", header, data, guess);
}

/* Every place where a header may end, and a datagram, in buffers of odd sizes. */
Test(datagram_scatter, data_lie_where_they_belong)
{
    static const size_t guesses[] = { 0, 10, 22 };
    static const size_t headers[] = { 0, 9, 10, 11, 22, 23, 45, 262 };
    static const struct {
        size_t sizes[4], parts;
    } rooms[] = {
        { { 40 }, 1 }, { { 1, 0, 7, 20 }, 4 }, { { 3, 3 }, 2 }, { { 0 }, 1 }, { { 0 }, 0 }
    };
    for (size_t g = 0; g < 3; g++)
        for (size_t h = 0; h < sizeof headers / sizeof *headers; h++)
            for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++)
                for (size_t data = 0; data <= MAX; data++)
                    check(headers[h], data, guesses[g], rooms[r].sizes, rooms[r].parts);
}

Test(datagram_scatter, too_many_parts_are_refused)
{
    struct iovec list[S5A_SCATTER_PARTS + 1] = { { NULL, 0 } };
    struct s5a_scatter s;
    cr_expect(s5a_scatter_init(&s, list, S5A_SCATTER_PARTS, 10));
    cr_expect_not(s5a_scatter_init(&s, list, S5A_SCATTER_PARTS + 1, 10));
}
