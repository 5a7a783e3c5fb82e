/* One setter a key: reads a value, puts it into the draft. Private to the config files. */
#pragma once

#include "client/config/draft.h"

/* False: the draft has failed. */
typedef bool s5a_setter(struct s5a_draft *draft, const char *value);

/* [proxy NAME], on draft->proxy */
s5a_setter s5a_set_address, s5a_set_method, s5a_set_user, s5a_set_password, s5a_set_password_file,
    s5a_set_pipeline, s5a_set_resolve, s5a_set_pool, s5a_set_pool_target, s5a_set_via;
/* the same, login_keys.c */
s5a_setter s5a_set_server_key, s5a_set_known_servers, s5a_set_network_key, s5a_set_key,
    s5a_set_token, s5a_set_totp, s5a_set_factors, s5a_set_ask, s5a_set_secrets_to_new;
/* the same, tol_keys.c */
s5a_setter s5a_set_tol, s5a_set_tol_mode, s5a_set_tol_jitter, s5a_set_tol_dummies,
    s5a_set_tol_padding, s5a_set_tol_budget, s5a_set_require;
/* [forward], whose other keys are names of Unix sockets */
s5a_setter s5a_set_forward_wait;
bool s5a_set_forward(struct s5a_draft *draft, struct s5a_span local, const char *value);
/* [inbound], inbound_keys.c */
s5a_setter s5a_set_inbound_mode, s5a_set_inbound_proxy, s5a_set_inbound_peer;
/* [rules]; s5a_set_proxy_rule sends to draft->proxy */
s5a_setter s5a_set_direct, s5a_set_deny, s5a_set_proxy_rule, s5a_set_default;
/* the other sections */
s5a_setter s5a_set_dns_mode, s5a_set_dns_answers, s5a_set_dns_server, s5a_set_range4,
    s5a_set_range6, s5a_set_hosts, s5a_set_timeout, s5a_set_log_level, s5a_set_log_file,
    s5a_set_unshimmed, s5a_set_state_dir;
/* [udp], udp_keys.c */
s5a_setter s5a_set_udp_mode, s5a_set_udp_transport, s5a_set_udp_relay;

/* For the setters: the index in `words` (NULL-terminated) of the value. */
S5A_MUST_USE bool s5a_value_choose(struct s5a_draft *draft, const char *value,
                                   const char *const *words, unsigned *index);
/* A copy of an absolute path, "~/" expanded, in place of `*path`. */
S5A_MUST_USE bool s5a_value_path(struct s5a_draft *draft, const char *value, char **path);
/* A copy in place of `*string`. */
S5A_MUST_USE bool s5a_value_copy(struct s5a_draft *draft, struct s5a_span value, char **string);
