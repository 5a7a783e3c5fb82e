/* Numbers of metadata TLVs and of the kinds of authentication context (profile, section 2.1). */
#pragma once

enum s5a_tlv_type {
    S5A_TLV_KEX = 0x01,
    S5A_TLV_CLIENT_CAPABILITIES = 0x02,
    S5A_TLV_SERVER_CAPABILITIES = 0x03,
    S5A_TLV_CONTEXT = 0x04,
    S5A_TLV_PARAMS = 0x05,
    S5A_TLV_CHAIN = 0x06,
    S5A_TLV_SEALED = 0x80,
    S5A_TLV_PADDING = 0x82,
};

enum s5a_context_kind {
    S5A_CONTEXT_TICKET = 0x01,
    S5A_CONTEXT_USER = 0x02,
    S5A_CONTEXT_PROOF = 0x03,
    S5A_CONTEXT_REFUSED = 0x04,
};
