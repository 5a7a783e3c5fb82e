/* TLV lists. */
#include "protocol/tlv.h"

#include <stdbool.h>

void s5a_tlv_walk_init(struct s5a_tlv_walk *walk, struct s5a_span list)
{
    *walk = (struct s5a_tlv_walk){ 0 };
    s5a_reader_init(&walk->at, list.at, list.len);
}

static bool mark_seen(struct s5a_tlv_walk *walk, uint8_t type)
{
    uint8_t bit = (uint8_t)(1u << (type & 7));
    uint8_t *byte = &walk->seen[type >> 3];
    bool seen = *byte & bit;
    *byte |= bit;
    return seen;
}

enum s5a_status s5a_tlv_next(struct s5a_tlv_walk *walk, struct s5a_tlv *out)
{
    struct s5a_tlv element = { 0 };
    *out = element;
    if (walk->at.bad)
        return S5A_MALFORMED;
    if (s5a_reader_left(&walk->at) == 0)
        return S5A_INCOMPLETE;
    element.type = s5a_read_u8(&walk->at);
    element.value = s5a_read_vec16(&walk->at);
    if (walk->at.bad || mark_seen(walk, element.type)) {
        walk->at.bad = true; /* a list once malformed stays so */
        return S5A_MALFORMED;
    }
    *out = element;
    return S5A_OK;
}

void s5a_tlv_encode(struct s5a_writer *w, uint8_t type, struct s5a_span value)
{
    s5a_write_u8(w, type);
    s5a_write_vec16(w, value);
}
