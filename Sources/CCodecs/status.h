#pragma once
#include "include/cc_status.h"

/// Fills in a status; the message is cut to fit and never has a line break.
void cc_set_status(cc_status *status, cc_code code, const char *message);
