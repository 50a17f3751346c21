#include "status.h"

#include <stdlib.h>

void cc_set_status(cc_status *status, cc_code code, const char *message) {
    status->code = code;
    size_t length = 0;
    while (length + 1 < sizeof status->message && message[length] != 0) {
        char character = message[length];
        status->message[length++] = character < ' ' || character > '~' ? ' ' : character;
    }
    status->message[length] = 0;
}

void cc_buffer_free(cc_buffer buffer) { free(buffer.bytes); }
