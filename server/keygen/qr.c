/* QR codes in a terminal, by libqrencode: black on white whatever the terminal's colours are. */
#include "server/keygen/qr.h"

#include <qrencode.h>
#include <stdio.h>

enum { QUIET = 2 }; /* modules around it */

static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && code->data[y * code->width + x] & 1;
}

/* The upper half of a block is drawn in the foreground's colour. */
static void print_pair(bool upper, bool lower)
{
    printf("\033[%d;%dm\u2580", upper ? 30 : 97, lower ? 40 : 107);
}

bool s5ad_keygen_print_qr(const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (!code)
        return false;
    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        for (int x = -QUIET; x < code->width + QUIET; x++)
            print_pair(is_dark(code, x, y), is_dark(code, x, y + 1));
        puts("\033[0m");
    }
    QRcode_free(code);
    return true;
}
