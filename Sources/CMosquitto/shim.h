// The C interface of libmosquitto: an MQTT client.
#pragma once
#include <mosquitto.h>
