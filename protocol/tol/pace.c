/* When an outlet may send: as soon as there is anything (00, 01), after a delay (02), by a schedule
 * (03), or both (04). */
#include "protocol/tol/pace.h"

#include "protocol/tol/draw.h"

enum { US = 1000 /* in a ms */, SECOND = 1000 * US, LATE_MAX = 20 * US, RATE_FLOOR = 16 };

static bool is_scheduled(const struct s5a_tol_link *link)
{
    return link->shape.type == S5A_TOL_MASKING || link->shape.type == S5A_TOL_FULL;
}

/* ---- delays ---- */

/* What the other side named, within this end's maximum. */
static bool told_delay(const struct s5a_tol_link *link, struct s5a_tol_delay *delay)
{
    if (!link->told || link->shape.delay_max == 0)
        return false;
    *delay = link->delay;
    if (delay->max > link->shape.delay_max)
        delay->max = link->shape.delay_max;
    if (delay->min >= delay->max)
        delay->min = (uint16_t)(delay->max - 1);
    return true;
}

/* Of this end's own and of what it was told the longer. False: none. */
static bool delay_of(const struct s5a_tol_link *link, struct s5a_tol_delay *delay)
{
    uint8_t type = link->shape.type;
    bool has_own = type == S5A_TOL_JITTER || type == S5A_TOL_FULL;
    bool has_told = told_delay(link, delay);
    if (has_own && (!has_told || link->shape.delay.max >= delay->max))
        *delay = link->shape.delay;
    return has_own || has_told;
}

/* True once the time that was drawn for what waits has come; there is none where nothing is delayed.
 */
static bool is_due(struct s5a_tol_pace *pace, struct s5a_tol_link *link, uint64_t us)
{
    struct s5a_tol_delay delay;
    if (pace->due == 0)
        pace->due = delay_of(link, &delay) ? us + s5a_tol_draw_delay(&link->random, &delay) : us;
    return us >= pace->due;
}

/* ---- the rate of the server's side ---- */

/* Sends a second, `age` us into a surge: a part of the rate is left a second, a straight line between
 * seconds. */
static uint32_t rate_at(const struct s5a_tol_shape *shape, uint64_t age)
{
    enum { FINE = 1024 };
    uint64_t rate = (uint64_t)shape->rate * FINE, seconds = age / SECOND, rest = age % SECOND;
    for (; seconds > 0 && rate > FINE && shape->decay < 100; seconds--)
        rate = rate * shape->decay / 100;
    rate -= rate * (100 - shape->decay) / 100 * rest / SECOND;
    return rate > FINE ? (uint32_t)(rate / FINE) : 1;
}

static uint32_t rate_now(const struct s5a_tol_pace *pace, const struct s5a_tol_link *link,
                         uint64_t us)
{
    return rate_at(&link->shape, us - pace->surge);
}

/* The next send is due an interval after this one was, or, where that is long ago, after now. */
static void advance(struct s5a_tol_pace *pace, const struct s5a_tol_link *link, uint64_t us)
{
    uint64_t from = pace->next + LATE_MAX < us ? us : pace->next;
    pace->next = from + SECOND / rate_now(pace, link, us);
}

static bool may_dummy(const struct s5a_tol_pace *pace)
{
    return pace->budget > 0;
}

/* The first send is due at once, those of a surge that begins anew at the full rate again. */
static void begin_surge(struct s5a_tol_pace *pace, const struct s5a_tol_link *link, uint64_t us)
{
    uint64_t soon = pace->surge == 0 ? us : us + SECOND / link->shape.rate;
    if (pace->surge == 0 || pace->next > soon)
        pace->next = soon;
    pace->surge = us;
}

static enum s5a_tol_move server_waits(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                      const struct s5a_tol_queue *queue, uint64_t us)
{
    uint64_t queued = (uint64_t)queue->records * US;
    if (us > pace->next + SECOND)
        pace->surge = 0; /* it has ended, without dummies to show for it */
    if (pace->surge == 0 || queued > (uint64_t)link->shape.surge * rate_now(pace, link, us))
        begin_surge(pace, link, us);
    if (us < pace->next)
        return S5A_TOL_WAIT;
    advance(pace, link, us);
    return S5A_TOL_SEND_ONE;
}

/* Nothing waits: the schedule goes on with dummies, until it has come down to a sixteenth. */
static enum s5a_tol_move server_idles(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                      uint64_t us)
{
    if (pace->surge == 0)
        return S5A_TOL_WAIT;
    if (rate_now(pace, link, us) <= link->shape.rate / RATE_FLOOR)
        pace->surge = 0;
    if (pace->surge == 0 || !may_dummy(pace) || us < pace->next)
        return S5A_TOL_WAIT;
    advance(pace, link, us);
    pace->charged = true;
    return S5A_TOL_SEND_DUMMY;
}

/* ---- the client's side: a fraction of what it receives ---- */

static uint32_t earned(const struct s5a_tol_pace *pace, const struct s5a_tol_link *link)
{
    uint64_t more = 10 * (link->received - pace->seen), most = 10 * (uint64_t)link->shape.fraction;
    return (uint32_t)(pace->credit + more > most ? most : pace->credit + more);
}

static void earn(struct s5a_tol_pace *pace, const struct s5a_tol_link *link)
{
    pace->credit = earned(pace, link);
    pace->seen = link->received;
}

static bool spend(struct s5a_tol_pace *pace, const struct s5a_tol_link *link)
{
    if (pace->credit < link->shape.fraction)
        return false;
    pace->credit -= link->shape.fraction;
    return true;
}

static enum s5a_tol_move client_waits(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                      uint64_t us)
{
    if (pace->next == 0)
        pace->next = us + s5a_random_between(&link->random, 0, link->shape.hold * (uint32_t)US);
    if (!spend(pace, link) && us < pace->next)
        return S5A_TOL_WAIT;
    pace->next = 0;
    return S5A_TOL_SEND_ONE;
}

static enum s5a_tol_move client_idles(struct s5a_tol_pace *pace, const struct s5a_tol_link *link)
{
    pace->next = 0;
    pace->charged = may_dummy(pace) && spend(pace, link);
    return pace->charged ? S5A_TOL_SEND_DUMMY : S5A_TOL_WAIT;
}

/* ---- all of it ---- */

static uint64_t idle_from(struct s5a_tol_link *link, uint64_t us)
{
    if (link->shape.dummy == 0)
        return S5A_TOL_NEVER;
    return us + 1 + s5a_tol_draw_exponential(&link->random, (uint64_t)link->shape.dummy * US);
}

static uint64_t to_ms(uint64_t us)
{
    return us == S5A_TOL_NEVER ? us : (us + US - 1) / US;
}

void s5a_tol_pace_init(struct s5a_tol_pace *pace, struct s5a_tol_link *link, uint64_t now)
{
    *pace = (struct s5a_tol_pace){ .seen = link->received, .budget = link->shape.budget };
    pace->idle = idle_from(link, now * US);
    pace->wake = to_ms(pace->idle);
}

bool s5a_tol_pace_paused(const struct s5a_tol_link *link, const struct s5a_tol_queue *queue)
{
    return queue->full || queue->bytes > link->shape.pause;
}

static enum s5a_tol_move with_bytes(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                    const struct s5a_tol_queue *queue, uint64_t us)
{
    if (s5a_tol_pace_paused(link, queue))
        return S5A_TOL_SEND_ALL;
    if (!is_due(pace, link, us)) {
        pace->wake = to_ms(pace->due);
        return S5A_TOL_WAIT;
    }
    if (!is_scheduled(link))
        return S5A_TOL_SEND_ALL;
    enum s5a_tol_move move = link->role == S5A_TOL_SERVER ? server_waits(pace, link, queue, us)
                                                          : client_waits(pace, link, us);
    pace->wake = to_ms(pace->next);
    return move;
}

static enum s5a_tol_move without(struct s5a_tol_pace *pace, struct s5a_tol_link *link, uint64_t us)
{
    enum s5a_tol_move move = S5A_TOL_WAIT;
    pace->due = 0;
    if (is_scheduled(link))
        move =
            link->role == S5A_TOL_SERVER ? server_idles(pace, link, us) : client_idles(pace, link);
    if (move == S5A_TOL_WAIT && us >= pace->idle)
        move = S5A_TOL_SEND_DUMMY;
    bool goes_on = pace->surge != 0 && may_dummy(pace);
    pace->wake = to_ms(goes_on && pace->next < pace->idle ? pace->next : pace->idle);
    return move;
}

enum s5a_tol_move s5a_tol_pace_next(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                    const struct s5a_tol_queue *queue, uint64_t now)
{
    earn(pace, link);
    pace->charged = false;
    enum s5a_tol_move move = queue->records > 0 ? with_bytes(pace, link, queue, now * US)
                                                : without(pace, link, now * US);
    if (move == S5A_TOL_SEND_ALL)
        pace->due = 0;
    return move;
}

/* What the client has received lets it send at once: no time was set for that. */
uint64_t s5a_tol_pace_deadline(const struct s5a_tol_pace *pace, const struct s5a_tol_link *link,
                               bool waits)
{
    bool may_send = is_scheduled(link) && link->role == S5A_TOL_CLIENT &&
                    earned(pace, link) >= link->shape.fraction;
    bool is_ready = waits ? pace->next != 0 : may_dummy(pace);
    return may_send && is_ready ? 0 : pace->wake;
}

void s5a_tol_pace_sent(struct s5a_tol_pace *pace, struct s5a_tol_link *link, size_t payload,
                       size_t dummies, uint64_t now)
{
    if (pace->charged)
        pace->budget -= (int64_t)dummies;
    pace->budget += (int64_t)(payload * link->shape.budget_percent / 100);
    if (pace->budget > link->shape.budget)
        pace->budget = link->shape.budget;
    if (pace->idle != S5A_TOL_NEVER)
        pace->idle = idle_from(link, now * US);
}
