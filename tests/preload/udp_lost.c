/* Associations that end, or whose socket is closed, while the shim is busy with them: what the program
 * does meanwhile is not disturbed. By the shim alone. */
#include "tests/preload/habit_udp.h"

/* A proxy that grants associations and ends them is not asked for another by each datagram. */
static void lost_again_and_again_it_is_made_later(void)
{
    int fd = udp_connected(AT_SINK);
    for (int i = 0; i < 100; i++, lab_pause_ms(2))
        (void)!send(fd, "x", 1, 0);
    CHECK(lab_begun() < 30);
}

LAB({ "lost_again_and_again_it_is_made_later", LAB_PLACES_SHIM, LAB_RELAY_SINKS,
      lost_again_and_again_it_is_made_later })
