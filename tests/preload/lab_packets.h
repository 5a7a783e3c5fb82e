/* The packets of the link: turned round, held, answered. */
#pragma once

/* The near end of the link. */
#define LAB_LINK_V4 "198.51.100.254"
#define LAB_LINK_V6 "2001:db8::fe"

/* Of a TUN device, until it ends. A packet to a place comes back from there: with its addresses
 * exchanged it has the same checksums. */
void lab_packets_turn_round(int device);
