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

# ---- what there is: one word an object --------------------------------------------------------

PROTOCOL := address buffer bytes greeting rep reply request secret status text tlv udp udp_options \
            url userpass

CLIENT := chain config dial endpoint fakemap hosts io log pipeline proxy resolve rules session state

SERVER := # everything but main
TOOLS  := # programs: their main stands in tools of the same name

# the shim without its exports (unit tests link these), and the files that define exports
SHIM  := environment real runtime
HOOKS :=

UNIT    := # tests/unit/NAME.c
PRELOAD := # tests/preload/NAME.c, one program a habit
FUZZ    := # tests/fuzz/NAME.c

# ---- derived ----------------------------------------------------------------------------------

objects = $(foreach name,$(2),$(B)/$(1)/$(name).o)

PROTOCOL_O := $(call objects,protocol,$(PROTOCOL))
CLIENT_O   := $(call objects,client,$(CLIENT))
SERVER_O   := $(call objects,server,$(SERVER))
SHIM_O     := $(call objects,shim,$(SHIM))
HOOKS_O    := $(call objects,shim,$(HOOKS))
UNIT_O     := $(call objects,tests/unit,$(UNIT))

LIB := $(B)/libsocks5a-shim.so

all: $(LIB)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(CC) $(ALLC) -MMD -MP -c -o $@ $<

$(B)/protocol/%.o: WARN += -Wconversion
# glibc's transparent unions in the prototypes of connect and friends
$(HOOKS_O): WARN += -Wno-pedantic

$(B)/libprotocol.a: $(PROTOCOL_O)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/libclient.a: $(CLIENT_O)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/exports.map: shim/exports.map.in shim/calls.h
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -xc -I. -o $@ $<

$(LIB): $(HOOKS_O) $(SHIM_O) $(B)/libclient.a $(B)/libprotocol.a $(B)/exports.map
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LINK) -shared -Wl,-z,defs -Wl,--version-script=$(B)/exports.map \
	    -Wl,--exclude-libs,ALL -Wl,-soname,libsocks5a-shim.so -Wl,-O1 -o $@ \
	    $(HOOKS_O) $(SHIM_O) $(B)/libclient.a $(B)/libprotocol.a \
	    -Wl,-Bstatic -linih -lsodium -Wl,-Bdynamic

clean:
	rm -rf build

.PHONY: all clean
-include $(shell find $(B) -name '*.d' 2>/dev/null)
