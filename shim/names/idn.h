/* Internationalized names (AI_IDN and its kin): libc's own conversion, which it does before it
 * looks names up and does not otherwise offer. */
#pragma once

/* To or from the encoding of DNS. 0 and a new string (free), or an EAI_ code: EAI_IDN_ENCODE
 * where the text has none or libc cannot convert. */
int s5a_idn_to_dns(const char *name, char **out);
int s5a_idn_from_dns(const char *name, char **out);
