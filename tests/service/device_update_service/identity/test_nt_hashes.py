from __future__ import annotations

from device_update_service.identity.nt_hashes import hashes_match, nt_hash


def test_the_nt_hash_is_md4_over_utf_16() -> None:
    assert nt_hash("password").hex() == "8846f7eaee8fb117ad06bdd830b7586c"
    assert nt_hash("pässwörd") != nt_hash("password")


def test_a_hash_given_as_a_password_is_not_taken_for_the_hash() -> None:
    stolen = nt_hash("correct horse").hex()
    assert nt_hash(f"{'0' * 32}:{stolen}").hex() != stolen


def test_only_equal_hashes_match() -> None:
    assert hashes_match(nt_hash("password"), nt_hash("password"))
    assert not hashes_match(nt_hash("password"), nt_hash("Password"))
