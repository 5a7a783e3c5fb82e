/* AUTH from the server. */
#include "protocol/eaf/answer.h"

#include "protocol/text.h"

enum { MID_RESULT = 0x00, MID_CHALLENGE = 0x02 };

static enum s5a_status read_details(struct s5a_answer *answer, struct s5a_span details)
{
    struct s5a_reader r;
    if (details.len == 0)
        return S5A_OK;
    s5a_reader_init(&r, details.at, details.len);
    answer->detailed = true;
    answer->code = s5a_read_u16(&r);
    answer->message = s5a_read_span(&r, s5a_reader_left(&r));
    bool good = !r.bad && answer->message.len <= S5A_ANSWER_MESSAGE_MAX &&
                s5a_text_is_utf8(answer->message);
    return good ? S5A_OK : S5A_MALFORMED;
}

static enum s5a_status read_answer(struct s5a_reader *r, struct s5a_answer *answer)
{
    switch (s5a_read_u8(r)) {
    case MID_RESULT:
        answer->rep = s5a_read_u8(r);
        return read_details(answer, s5a_read_vec16(r));
    case MID_CHALLENGE:
        answer->is_challenge = true;
        return s5a_challenge_decode(&answer->challenge, s5a_read_vec16(r));
    default:
        return S5A_MALFORMED;
    }
}

/* What could not be read is no acceptance. */
enum s5a_status s5a_answer_decode(struct s5a_answer *out, struct s5a_span auth)
{
    struct s5a_answer answer = { .rep = UINT8_MAX };
    struct s5a_reader r;
    *out = answer;
    s5a_reader_init(&r, auth.at, auth.len);
    enum s5a_status status = read_answer(&r, &answer);
    if (status != S5A_OK || r.bad || s5a_reader_left(&r) > 0)
        return S5A_MALFORMED;
    *out = answer;
    return S5A_OK;
}

static void write_result(struct s5a_writer *w, const struct s5a_answer *answer)
{
    s5a_write_u8(w, MID_RESULT);
    s5a_write_u8(w, answer->rep);
    size_t details = s5a_write_open16(w);
    if (answer->detailed) {
        s5a_write_u16(w, answer->code);
        s5a_write_span(w, answer->message);
        if (answer->message.len > S5A_ANSWER_MESSAGE_MAX || !s5a_text_is_utf8(answer->message))
            w->bad = true;
    }
    s5a_write_close16(w, details);
}

void s5a_answer_encode(struct s5a_writer *w, const struct s5a_answer *answer)
{
    if (!answer->is_challenge) {
        write_result(w, answer);
        return;
    }
    s5a_write_u8(w, MID_CHALLENGE);
    size_t challenge = s5a_write_open16(w);
    s5a_challenge_encode(w, &answer->challenge);
    s5a_write_close16(w, challenge);
}
