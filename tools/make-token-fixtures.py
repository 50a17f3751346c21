#!/usr/bin/env python3
"""Rewrites Tests/Fixtures/Tokens with another's signatures: a JSON Web Key Set, and tokens that are right or wrong in one way.

Needs `pip install pyjwt cryptography`. The private keys are thrown away; nothing but the tests trusts them.
"""
import base64
import hashlib
import hmac
import json
import pathlib

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "Tokens"
CLAIMS = {
    "iss": "https://issuer.example", "aud": "fovea", "sub": "camera-7", "exp": 4_000_000_000, "iat": 1_700_000_000,
    "scope": "analyze fovea:read openid",
}


def jwk(algorithm, key, name, **members):
    public = json.loads(algorithm.to_jwk(key.public_key()))
    public.pop("key_ops", None)
    return {**public, "kid": name, **members}


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def changed(**claims):
    return {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}


def main():
    keys = {
        "rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1()),
        "ed": ed25519.Ed25519PrivateKey.generate(), "stranger": rsa.generate_private_key(65537, 2048),
        "short": rsa.generate_private_key(65537, 1024), "pss": rsa.generate_private_key(65537, 2048),
    }
    algorithms = jwt.algorithms.get_default_algorithms()
    key_set = {"keys": [
        jwk(algorithms["RS256"], keys["rsa"], "rsa", use="sig"),
        jwk(algorithms["ES256"], keys["ec"], "ec", alg="ES256"),
        jwk(algorithms["EdDSA"], keys["ed"], "ed", alg="EdDSA"),
        jwk(algorithms["PS256"], keys["pss"], "pss", alg="PS256"),
        jwk(algorithms["RS256"], keys["short"], "short", alg="RS256"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "strange", "kid": "unknown", "alg": "XX999"},
    ]}
    # The older form of the same set, before `ec` was added.
    before = {"keys": [key_set["keys"][0]]}

    def sign(key, algorithm, claims=CLAIMS, **header):
        return jwt.encode(claims, keys[key], algorithm=algorithm, headers={"kid": key, **header})

    public = keys["rsa"].public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    confused = encoded({"alg": "HS256", "kid": "rsa"}) + "." + encoded(CLAIMS)
    confused += "." + base64.urlsafe_b64encode(
        hmac.new(public, confused.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    good = sign("rsa", "RS256")
    head, _, signature = good.split(".")
    right = {
        "RS256": good, "ES256": sign("ec", "ES256"), "EdDSA": sign("ed", "EdDSA"), "PS256": sign("pss", "PS256"),
        "without kid": jwt.encode(CLAIMS, keys["rsa"], algorithm="RS256"),
        "several audiences": sign("rsa", "RS256", changed(aud=["other", "fovea"])),
        "scopes as a list": sign("rsa", "RS256", changed(scope=["analyze", "read"])),
    }
    wrong = {
        "another issuer": sign("rsa", "RS256", changed(iss="https://other.example")),
        "no issuer": sign("rsa", "RS256", changed(iss=None)),
        "another audience": sign("rsa", "RS256", changed(aud="other")),
        "no audience": sign("rsa", "RS256", changed(aud=None)),
        "expired": sign("rsa", "RS256", changed(exp=1_700_000_000)),
        "no expiry": sign("rsa", "RS256", changed(exp=None)),
        "expiry as text": good.split(".")[0] + "." + encoded(changed(exp="4000000000")) + "." + signature,
        "not yet": sign("rsa", "RS256", changed(nbf=3_999_999_999)),
        "no subject": sign("rsa", "RS256", changed(sub=None)),
        "critical extension": sign("rsa", "RS256", crit=["x"], x=1),
        "other claims": f"{head}.{encoded(changed(scope='manage'))}.{signature}",
        "no signature": f"{head}.{encoded(CLAIMS)}.",
        "alg none": encoded({"alg": "none", "kid": "rsa"}) + f".{encoded(CLAIMS)}.",
        "alg none, signature of another": encoded({"alg": "none", "kid": "rsa"}) + f".{encoded(CLAIMS)}.{signature}",
        "public key as secret": confused,
        "another's key": jwt.encode(CLAIMS, keys["stranger"], algorithm="RS256", headers={"kid": "rsa"}),
        "unknown key": jwt.encode(CLAIMS, keys["stranger"], algorithm="RS256", headers={"kid": "stranger"}),
        "key of another algorithm": jwt.encode(CLAIMS, keys["rsa"], algorithm="RS512", headers={"kid": "rsa"}),
        "too short a key": jwt.encode(CLAIMS, keys["short"], algorithm="RS256", headers={"kid": "short"}),
        "two dots": "..", "no JSON": "eyJ.eyJ.eyJ", "no base64": "\u00e9.\u00e9.\u00e9",
    }
    limited = {"read only": sign("rsa", "RS256", changed(scope="read")), "no scope": sign("rsa", "RS256", changed(scope=None))}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, value in (
        ("keys", key_set), ("keys-before", before), ("tokens", {"right": right, "wrong": wrong, "limited": limited}),
    ):
        (FOLDER / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
