"""Origins not checked: of a page, of a caller around CloudFront, of a passkey's answer."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

PASSKEYS: Final = "tests/web/test_passkey_sign_in.py"
SIGN_IN: Final = "tests/web/test_sign_in.py"
CROSS_SITE: Final = "tests/web/test_cross_site.py"
CORS: Final = "tests/web/test_cors.py"
GUARDS: Final = "backend/web/guards.py"

DEFECTS: Final = (
    Defect(
        "pages of other sites are not refused",
        GUARDS,
        "    app.before_request(_refuse_cross_site)\n",
        "",
        (f"{CROSS_SITE}::test_a_page_of_another_origin_is_refused",),
    ),
    Defect(
        "an origin is the site's where it begins like it",
        GUARDS,
        'if origin == current_app.config["SITE_URL"]:',
        'if origin.startswith(current_app.config["SITE_URL"]):',
        (f"{CROSS_SITE}::test_a_page_of_another_origin_is_refused",),
    ),
    Defect(
        "a fetch from another site passes where it names no origin",
        GUARDS,
        'if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:',
        'if request.headers.get("Sec-Fetch-Site", "none") == "-":',
        (f"{CROSS_SITE}::test_a_fetch_from_another_site_is_refused",),
    ),
    Defect(
        "a deletion is taken for a safe method",
        GUARDS,
        'SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}',
        'SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS", "DELETE"}',
        (f"{CROSS_SITE}::test_every_unsafe_call_is_guarded_before_any_work",),
    ),
    Defect(
        "locally any name that leads here is taken for loopback",
        GUARDS,
        " and urlsplit(origin).hostname in LOOPBACK",
        "",
        (f"{CROSS_SITE}::test_locally_another_name_that_leads_here_is_refused",),
    ),
    Defect(
        "where one origin is allowed, all pass",
        GUARDS,
        'if origin in current_app.config["ALLOWED_ORIGINS"]:',
        'if current_app.config["ALLOWED_ORIGINS"]:',
        (f"{CORS}::test_no_other_origin_is_answered",),
    ),
    Defect(
        "calls around CloudFront are served",
        GUARDS,
        "    app.before_request(_refuse_direct_calls)\n",
        "",
        ("tests/web/test_production.py::test_a_call_that_goes_around_the_edge_is_refused",),
    ),
    Defect(
        "every origin is answered with credentials",
        GUARDS,
        "origins=exact,",
        'origins=".*",',
        (f"{CORS}::test_no_other_origin_is_answered",),
    ),
    Defect(
        "an origin is allowed where it begins like one that is",
        GUARDS,
        r're.compile(rf"{re.escape(origin)}\Z")',
        "re.compile(re.escape(origin))",
        (f"{CORS}::test_no_other_origin_is_answered",),
    ),
    Defect(
        "a cache is not told that an answer differs by origin",
        GUARDS,
        'answer.vary.add("Origin")',
        "pass",
        (f"{CORS}::test_what_may_be_cached_says_that_it_differs_by_origin",),
    ),
    Defect(
        "a passkey's answer to another site is believed",
        "backend/accounts/credentials.py",
        "        and client_data.origin in webauthn.origins(settings)\n",
        "",
        (f"{PASSKEYS}::test_what_is_for_another_site_or_proves_nothing_is_refused",),
    ),
    Defect(
        "the session's cookie goes with requests of other sites",
        "backend/web/cookies.py",
        'samesite="Lax"',
        'samesite="None"',
        (f"{SIGN_IN}::test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites",),
    ),
)
