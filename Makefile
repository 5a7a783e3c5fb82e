# socks5a: one Makefile, by hand. `make help` lists the targets, README.md tells the rest.
#   CC=clang  SAN=address,undefined  V=1  B=build-dir  WERROR=1  PREFIX=/usr/local  DESTDIR=

ifeq ($(origin CC),default)
CC      := gcc
endif
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build$(if $(SAN),/san)
VERSION := 0.1.0

Q := $(if $(V),,@)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla \
        -Wformat=2 -Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARD := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
BASE := -std=gnu11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden -pthread \
        -DS5A_VERSION_TEXT='"$(VERSION)"'
SANF := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALLC  = $(BASE) $(WARN) $(HARD) $(SANF) $(CFLAGS)
LINK := -pthread -Wl,-z,relro,-z,now $(SANF)
# The library binds lazily: most programs that load it never call it, and looking up its hundred
# imports at start costs more than all the rest of loading it (docs/performance.md).
# Two mappings instead of four: each costs a page fault or two in every program.
LAZY := -pthread -Wl,-z,relro,-z,lazy,-z,noseparate-code $(SANF)

# ---- what there is: one word an object --------------------------------------------------------

PROTOCOL := address address_text buffer bytes greeting rep reply request secret status text tlv udp \
            udp_options url userpass \
            crypto/aead crypto/base32 crypto/hash crypto/hmac_key crypto/keytext crypto/random \
            crypto/sha1 crypto/totp crypto/x25519 \
            eaf/answer eaf/auth eaf/auth_anonymous eaf/auth_multi eaf/auth_publickey eaf/auth_response \
            eaf/auth_token eaf/auth_totp eaf/client eaf/client_receive eaf/client_send eaf/compose \
            eaf/keys eaf/message eaf/metadata eaf/metadata_encode eaf/open eaf/params eaf/scram \
            eaf/server eaf/server_answer eaf/server_order eaf/server_receive \
            tol/burst tol/draw tol/inlet tol/keys tol/layers tol/link tol/mask tol/open tol/outlet \
            tol/outlet_output tol/outlet_slots tol/pace tol/record tol/shape

CLIENT := clock log state word \
          config/config config/draft config/environment config/file config/file_lines config/finish \
          config/forward_keys config/inbound_keys config/login_keys config/proxy_keys config/setters \
          config/small_file config/tol_keys config/udp_keys \
          login/derive login/exchange login/known_servers login/login login/means login/private_key \
          login/ticket_file login/tickets \
          names/fakefile names/fakemap names/fakeslot names/faketable names/hosts names/plausible \
          routes/endpoint routes/forward routes/prefix routes/proxy routes/rule routes/rules \
          routes/tol_policy \
          session/ask session/chain session/chain_login session/chain_rest session/chain_way \
          session/dial session/dial_connect session/io session/outcome session/output session/pipeline \
          session/replies session/resolve session/session session/session_life session/session_login \
          session/session_method session/session_rest session/wire session/wires

SERVER := acl bind credential flow_clear handshake handshake_eaf handshake_password handshake_request \
          handshake_wire inifile listener log logins loop metrics names names_find names_reverse \
          opening opening_asks opening_bind opening_commands opening_pool opening_resolve opening_udp \
          options policy pool private_file quota rate record relay server server_signals session \
          session_relay settings settings_set settings_sum settings_table sockaddr source table target \
          target_unix tcp timers unix_list user users users_password value \
          udp/association udp/association_down udp/association_stream udp/association_up udp/batch \
          udp/batch_out udp/names udp/targets \
          eaf/admission eaf/exchange eaf/judge eaf/judge_challenge eaf/judge_ticket eaf/keyring \
          eaf/realm eaf/slow eaf/ticket \
          tol/config tol/flow_in tol/flow_out tol/flows tol/least tol/pool tol/records

# what socks5a-keygen has beside the server's objects
KEYGEN := keygen/keys keygen/main keygen/output keygen/prompt keygen/qr keygen/secrets

# what socks5a-check has beside the client's objects
CHECK := check/login check/probe check/prompt check/report check/tool_check

# the objects that the wrapper's launcher takes from the shim, beside its own main
LAUNCHER := variable \
            programs/elf programs/path_exec programs/path_search programs/program \
            programs/program_text programs/script

# the shim without its exports (unit tests link these), and the files that define exports
SHIM := environment load lock real runtime thread variable \
        datagrams/again datagrams/associate datagrams/associating datagrams/associating_engine \
        datagrams/associating_legs datagrams/associating_new datagrams/associations \
        datagrams/associations_direct datagrams/associations_targets datagrams/connected \
        datagrams/direct_names datagrams/errors datagrams/filter datagrams/gathered datagrams/layers \
        datagrams/letting_in datagrams/local_relay datagrams/local_relay_clear \
        datagrams/local_relay_datagrams datagrams/local_relay_messages datagrams/local_relay_records \
        datagrams/local_way datagrams/loopback datagrams/minding datagrams/mtu datagrams/options \
        datagrams/path datagrams/receiving datagrams/receiving_calls datagrams/relay_address \
        datagrams/resolver datagrams/route datagrams/scatter datagrams/segments datagrams/sending \
        datagrams/slots datagrams/targets datagrams/telling \
        engine/apart engine/carrier engine/carry engine/cells engine/conclude engine/doubles engine/engine \
        engine/gate engine/gated engine/gated_options engine/keeper engine/lent engine/marks \
        engine/oneshot engine/park engine/pending engine/private engine/record_layers \
        engine/relay engine/relay_flow engine/relay_slots engine/sigio \
        engine/sleepers engine/slots engine/steps engine/swap engine/tail engine/told engine/watch \
        engine/watched engine/watches \
        names/async names/crew names/dns names/dns_message names/getaddrinfo names/host_name \
        names/hostent names/idn names/lookup names/lookup_cache names/lookup_lines names/nameinfo \
        names/names names/names_answer names/order names/process names/res names/stub names/stub_carry \
        names/stub_connect names/stub_forward names/stub_later names/stub_stream \
        programs/elf programs/exec programs/exec_environment programs/exec_policy programs/path_exec \
        programs/path_search programs/program programs/program_text programs/script programs/vfork \
        sockets/answer sockets/attempt sockets/attempt_dial sockets/attempt_move sockets/blocking \
        sockets/connect sockets/connect_inet sockets/descriptor_calls sockets/descriptors \
        sockets/direct sockets/facade sockets/facade_answer sockets/foreign sockets/forward \
        sockets/forward_name sockets/handlers sockets/inet sockets/io_real sockets/joined sockets/line \
        sockets/line_stream sockets/patience sockets/peers sockets/peers_environment sockets/pool \
        sockets/pool_slots sockets/pool_thread sockets/pool_time sockets/pump sockets/send \
        sockets/sent sockets/sockets sockets/standin sockets/stream sockets/target sockets/unnamed \
        sockets/upstream \
        inbound/accepting inbound/asking inbound/binding inbound/binding_engine inbound/binding_relay \
        inbound/binding_steps inbound/expected inbound/handing inbound/inbound inbound/inherited \
        inbound/listening inbound/outside
HOOKS := hooks_descriptor hooks_load hooks_syscall \
         datagrams/hooks_datagram \
         inbound/hooks_inbound \
         names/hooks_names \
         programs/hooks_exec \
         sockets/hooks_socket

# tests/unit/NAME.c
UNIT := address associations attempt blocking buffer bytes carry chain chain_commands chain_login \
        chain_move chain_records chain_records_rest chain_tol chain_trial codes config config_environment config_example \
        config_file config_login config_proxies config_route config_tol crew datagram_again \
        datagram_direct_names datagram_filter datagram_layers datagram_local_relay datagram_mtu \
        datagram_path datagram_relay datagram_scatter datagram_targets derive dial dial_connect \
        eaf_client eaf_codec eaf_exchange eaf_keys eaf_lab eaf_lab_run eaf_malformed eaf_order \
        eaf_server elf endpoint engine \
        environment exec exec_environment fakemap fakemap_file fakemap_shared faketable forward gate \
        hash hops_lab hosts inbound_binding inbound_expected inbound_handing inbound_outside keytext \
        known_servers line_records lock log login login_lab login_records login_wiped names \
        names_async names_dns names_getaddrinfo names_hostent names_lookup names_nameinfo names_oracle \
        names_stream names_stub park path_search patience peers pipeline pool_time prefix private \
        private_key program program_privileges proxy random relay relay_layers relay_threads reply \
        request resolve rules scram script secret server_acl server_attacks server_example \
        server_handshake server_keyring server_log server_login server_policy server_rate \
        server_requests server_settings server_slow server_target server_ticket server_timers \
        server_tol server_tol_attacks server_tol_vectors server_udp_batch server_udp_targets \
        server_users server_vectors server_visit session session_attacks session_commands session_end \
        session_login session_output session_rest session_tol session_tol_attacks session_tol_terms \
        session_vectors session_ways sigio sleepers small_file state storm tail target text tickets \
        tlv tol_draw tol_layers tol_link tol_pace tol_pump tol_record tol_schedule told totp udp url \
        vectors vectors_decode vectors_eaf watches word
# those with threads, run under the thread sanitizer as well
UNIT_THREADS := blocking crew engine lock names_stream patience relay_threads sleepers storm
# tests/preload/NAME.c, a program a habit
PRELOAD := allocators blocking_connect connecting_again connecting_close connecting_daemon \
           connecting_duplicates connecting_epoll connecting_epoll_changes connecting_epoll_sets \
           connecting_errors connecting_exec connecting_failed connecting_families \
           connecting_fast_open connecting_flags connecting_fork connecting_handover connecting_io \
           connecting_jumps connecting_limits connecting_options connecting_poll connecting_select \
           connecting_signals connecting_storm connecting_syscall connecting_threads \
           connecting_timeouts descriptor_reuse fast_open fork_and_exec forwarded_names \
           forwarded_nonblocking forwarded_races forwarded_shared forwarded_unix half_close \
           inbound_bind inbound_bind_races inbound_bind_sharing inbound_policy loaded_libraries \
           names_getaddrinfo names_older_calls names_over_tcp_53 nonblocking_connect pipelining \
           raw_sockets refused_connect refused_programs relay_calls relay_exit relay_limits \
           relay_names relay_reset relay_tampered rules signals syscall_function threads udp udp_bound \
           udp_connected udp_dns udp_errors udp_fork udp_hostile udp_lost udp_messages udp_readiness \
           udp_relays udp_segments udp_threads udp_told udp_unconnected unix_proxy unused
# tests/fuzz/NAME.c
FUZZ := fuzz_address fuzz_auth fuzz_config fuzz_datagram fuzz_dns fuzz_eaf_client fuzz_eaf_message \
        fuzz_eaf_server fuzz_fakemap fuzz_greeting fuzz_hosts fuzz_metadata fuzz_program fuzz_reply \
        fuzz_request fuzz_rules fuzz_server_login fuzz_server_requests fuzz_server_udp fuzz_session \
        fuzz_session_login fuzz_tlv fuzz_tol_layers fuzz_tol_pump fuzz_tol_record fuzz_udp \
        fuzz_userpass

# ---- derived ----------------------------------------------------------------------------------

objects = $(foreach name,$(2),$(B)/$(1)/$(name).o)

PROTOCOL_O := $(call objects,protocol,$(PROTOCOL))
CLIENT_O   := $(call objects,client,$(CLIENT))
CHECK_O    := $(call objects,client,$(CHECK))
SERVER_O   := $(call objects,server,$(SERVER))
KEYGEN_O   := $(call objects,server,$(KEYGEN))
SHIM_O     := $(call objects,shim,$(SHIM))
HOOKS_O    := $(call objects,shim,$(HOOKS))
LAUNCHER_O := $(call objects,shim,programs/tool_exec $(LAUNCHER))
UNIT_O     := $(call objects,tests/unit,$(UNIT))
THREADS_O  := $(call objects,tests/unit,$(UNIT_THREADS) threads/main)
LAB_O      := $(call objects,tests/preload,habit habit_epoll habit_inbound habit_signals habit_udp \
                habit_unix lab lab_bind lab_child lab_environment lab_handing lab_link lab_packets lab_place lab_proxy \
                lab_server lab_tol lab_tol_login lab_udp)
PRELOAD_P  := $(PRELOAD:%=$(B)/tests/preload/%)
PRELOAD_L  := $(addprefix $(B)/tests/preload/,lib_connects.so lib_finder.so sub/lib_hidden.so \
              sub/deeper/lib_deeper.so)
FUZZ_P     := $(FUZZ:%=$(B)/tests/fuzz/%)

PROTOCOL_A := $(B)/libprotocol.a
CLIENT_A   := $(B)/libclient.a
SERVER_A   := $(B)/libserver.a
SHIM_A     := $(B)/libshim.a
LIB        := $(B)/libsocks5a-shim.so
PROGRAMS   := $(B)/socks5ad $(B)/socks5a-check $(B)/socks5a-exec $(B)/socks5a-keygen \
              $(B)/socks5a-run

all: $(LIB) $(PROGRAMS)

help:
	@echo 'all demo check unit unit-threads preload system fuzz soak bench coverage lint layers format install' \
	      'uninstall clean; see README.md'

say = $(if $(Q),@echo "  $(1)  $@")

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(ALLC) -MMD -MP -c -o $@ $<

$(PROTOCOL_O): WARN += -Wconversion
# glibc's transparent unions in the prototypes of connect and friends
$(HOOKS_O): WARN += -Wno-pedantic
# dlopen must be reached by a jump: see the file
$(B)/shim/hooks_load.o: ALLC += -O2 -foptimize-sibling-calls -fno-stack-protector
$(B)/tests/%.o: WARN += -Wno-missing-field-initializers

$(PROTOCOL_A): $(PROTOCOL_O)
$(CLIENT_A):   $(CLIENT_O)
$(SERVER_A):   $(SERVER_O)
$(SHIM_A):     $(SHIM_O)
$(B)/lib%.a:
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/exports.map: shim/exports.map.in shim/calls.h
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -xc -I. -o $@ $<

$(LIB): $(HOOKS_O) $(SHIM_A) $(CLIENT_A) $(PROTOCOL_A) $(B)/exports.map
	$(call say,LINK)
	$(Q)$(CC) $(LAZY) -shared -Wl,-z,defs -Wl,--version-script=$(B)/exports.map -Wl,-O1 \
	    -Wl,--exclude-libs,ALL -Wl,-soname,libsocks5a-shim.so -Wl,--gc-sections -o $@ \
	    $(HOOKS_O) $(SHIM_A) $(CLIENT_A) $(PROTOCOL_A) \
	    -Wl,-Bstatic -linih -lsodium -Wl,-Bdynamic

$(B)/socks5ad: $(B)/server/main.o $(SERVER_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -pie -o $@ $^ -linih -lsodium -lcares

$(B)/socks5a-keygen: $(KEYGEN_O) $(SERVER_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -pie -o $@ $^ -linih -lsodium -lqrencode

$(B)/socks5a-check: $(CHECK_O) $(CLIENT_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -pie -o $@ $^ -linih -lsodium

$(B)/socks5a-exec: $(LAUNCHER_O) $(CLIENT_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) $(if $(SAN),-pie,-static) -o $@ $^ -linih -lsodium

# started by the launcher itself, which saves the shell where there are no options
wrapper = sed '1s|.*|\#!$(1)/socks5a-exec|; s|@LIBDIR@|$(1)|g; s|@BINDIR@|$(2)|g' scripts/socks5a-run
$(B)/socks5a-run: scripts/socks5a-run $(B)/socks5a-exec
	$(Q)$(call wrapper,$(abspath $(B)),$(abspath $(B))) >$@ && chmod 755 $@

# ---- tests: each prints its count last, "NAME: N passed, N failed, N skipped" -------------------

$(B)/unit: $(UNIT_O) $(B)/server/keygen/output.o $(SHIM_A) $(SERVER_A) $(CLIENT_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^ -lcriterion -ljansson -linih -lsodium -lcares

# with what stands in for Criterion under SAN=thread
$(B)/unit-threads: BASE := -Itests/unit/threads $(BASE)
$(B)/unit-threads: $(THREADS_O) $(SHIM_A) $(CLIENT_A) $(PROTOCOL_A)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^ -linih -lsodium

# libsodium as the shim has it: one more library would change what some cases look at
$(PRELOAD_P): $(B)/%: $(B)/%.o $(LAB_O) $(PROTOCOL_A)
	$(Q)$(CC) $(LINK) -o $@ $^ -Wl,-Bstatic -lsodium -Wl,-Bdynamic -lresolv

# libraries that these programs load, some of them where only a RUNPATH leads
$(B)/tests/preload/%.so: $(B)/tests/preload/%.o
	$(Q)$(CC) $(LINK) -shared -o $@ $<
$(B)/tests/preload/sub/lib_hidden.so $(B)/tests/preload/sub/deeper/lib_deeper.so: \
    $(B)/tests/preload/lib_connects.so
	$(Q)mkdir -p $(@D) && cp $< $@
$(B)/tests/preload/lib_finder.so: LINK += -Wl,-rpath,'$$ORIGIN/sub/deeper'
$(B)/tests/preload/loaded_libraries: LINK += -Wl,-rpath,'$$ORIGIN/sub'

$(FUZZ_P): $(B)/%: $(B)/%.o $(SHIM_A) $(SERVER_A) $(CLIENT_A) $(PROTOCOL_A)
	$(Q)$(CC) $(LINK) -fsanitize=fuzzer -o $@ $^ -linih -lsodium -lcares

unit: $(B)/unit
	tests/unit/run $(B)/unit

unit-threads:
	$(Q)$(MAKE) --no-print-directory B=build/threads CC=clang SAN=thread CFLAGS="-O1 -g" \
	    build/threads/unit-threads
	build/threads/unit-threads

preload: $(LIB) $(PRELOAD_P) $(PRELOAD_L)
	tests/preload/run $(LIB) $(PRELOAD_P)

$(B)/tests/system/eaf_client: $(B)/tests/system/eaf_client.o $(B)/tests/system/eaf_client_carry.o $(PROTOCOL_A)
	$(Q)$(CC) $(LINK) -o $@ $^ -lsodium

$(B)/tests/system/tol_client: $(B)/tests/system/tol_client.o $(B)/tests/system/tol_client_relay.o $(PROTOCOL_A)
	$(Q)$(CC) $(LINK) -o $@ $^ -lsodium

$(B)/tests/system/rude_server: $(B)/tests/system/rude_server.o $(PROTOCOL_A)
	$(Q)$(CC) $(LINK) -o $@ $^ -lsodium

# All that the suites run, and what those of the server do.
SERVER_TEST_P := $(B)/socks5ad $(B)/socks5a-keygen $(B)/tests/system/eaf_client $(B)/tests/system/tol_client
server-test-programs: $(SERVER_TEST_P)
test-programs: $(B)/unit $(PRELOAD_P) $(PRELOAD_L) $(SERVER_TEST_P) $(B)/tests/system/rude_server

system: all $(B)/tests/system/eaf_client
	B=$(B) tests/system/run

fuzzers: $(FUZZ_P)

FUZZ_SECONDS ?= 60
fuzz:
	$(Q)$(MAKE) --no-print-directory B=build/fuzz CC=clang SAN=address,undefined,fuzzer-no-link fuzzers
	tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ:%=build/fuzz/tests/fuzz/%)

# Not in CI: half an hour of random half-closes, resets, forks and stalls over method 81.
DURATION ?= 1800
SOAK_P := $(B)/tests/soak/churn $(B)/tests/soak/mirror
$(SOAK_P): %: %.o $(B)/tests/soak/pump.o $(B)/tests/bench/endpoint.o
	$(Q)$(CC) $(LINK) -o $@ $^

soak: all $(SOAK_P)
	B=$(B) tests/soak/run $(DURATION)

bench: all $(B)/tests/system/eaf_client
	B=$(B) tests/bench/run

check:
	tests/run

coverage:
	$(Q)$(MAKE) --no-print-directory B=build/coverage CFLAGS='-O0 -g --coverage' LINK='-pthread --coverage' unit
	gcovr --object-directory build/coverage --filter 'protocol/|client/|server/|shim/' --print-summary

layers: $(PROTOCOL_A)
	scripts/layers $(PROTOCOL_A)

lint:
	scripts/lint

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

demo: all
	scripts/demo --no-install

# ---- installation -------------------------------------------------------------------------------

LIBDIR     = $(PREFIX)/lib/socks5a
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8 \
	    $(DESTDIR)$(PREFIX)/share/doc/socks5a
	install -m 755 $(LIB) $(B)/socks5a-exec $(DESTDIR)$(LIBDIR)
	install -m 755 $(B)/socks5ad $(B)/socks5a-check $(B)/socks5a-keygen $(DESTDIR)$(PREFIX)/bin
	$(call wrapper,$(LIBDIR),$(PREFIX)/bin) >$(DESTDIR)$(PREFIX)/bin/socks5a-run
	chmod 755 $(DESTDIR)$(PREFIX)/bin/socks5a-run
	for page in docs/*.[158]; do \
	    install -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}; done
	install -m 644 socks5a.conf.example socks5ad.conf.example README.md LICENSE \
	    $(DESTDIR)$(PREFIX)/share/doc/socks5a

uninstall:
	rm -rf $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PREFIX)/share/doc/socks5a
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,socks5a-run socks5a-check \
	    socks5a-keygen socks5ad)
	for page in docs/*.[158]; do \
	    rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done

clean:
	rm -rf build

.PHONY: all help test-programs server-test-programs unit unit-threads preload system fuzzers fuzz soak bench check coverage layers lint format demo \
        install uninstall clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
