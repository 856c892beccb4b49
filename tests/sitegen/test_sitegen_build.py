"""`python -m sitegen build`: from templates and settings to a site that a server can hand out."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import brotli
import pytest

from backend.languages import LANGUAGES
from sitegen.cli import main
from tests.sitegen.built_site import ROOT, BuiltSite

Build = Callable[[], BuiltSite]
PAGES = {"index.html", *(f"index.{tag}.html" for tag in LANGUAGES)}
# What stands under a name that stays.
NAMED = {*PAGES, "client.js"}


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_an_asset_is_named_by_its_content(site: BuiltSite) -> None:
    for entry in site.manifest["files"]:
        if entry["path"] not in NAMED:
            assert re.search(r"\.([0-9a-f]{12})\.", entry["path"])[1] == entry["sha256"][:12]


def test_the_manifest_tells_the_hash_and_size_of_every_file(site: BuiltSite) -> None:
    for entry in site.manifest["files"]:
        for part in (entry, *entry["encodings"].values()):
            body = (site.folder / part["path"]).read_bytes()
            assert (sha256(body).hexdigest(), len(body)) == (part["sha256"], part["size"])


def test_a_file_is_there_in_brotli_and_gzip_where_that_is_smaller(site: BuiltSite) -> None:
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}
    for entry in site.manifest["files"]:
        assert entry["encodings"]
        for coding, part in entry["encodings"].items():
            assert part["size"] < entry["size"]
            packed = (site.folder / part["path"]).read_bytes()
            assert unpack[coding](packed) == (site.folder / entry["path"]).read_bytes()


def test_there_is_a_page_in_each_language_that_says_so(site: BuiltSite) -> None:
    for tag, language in LANGUAGES.items():
        page = site.text(f"index.{tag}.html")
        assert f'<html lang="{tag}" dir="{language.direction}">' in page


def test_readers_of_no_such_language_get_the_default_one(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tag in ("en", "ar"):
        monkeypatch.setenv("DEFAULT_LANGUAGE", tag)
        site = build()
        assert site.page == site.text(f"index.{tag}.html")


def test_what_is_sent_is_minified(site: BuiltSite) -> None:
    for name in ("page.css", "page.js", "core.js"):
        assert "\n  " not in site.text(site.path_of(name))
        assert "/*" not in site.text(site.path_of(name))


def test_the_client_is_there_for_other_pages_with_its_types(site: BuiltSite) -> None:
    assert site.text("client.js") == (ROOT / "templates" / "js" / "client.js").read_text()


def test_assets_are_kept_for_ever_and_the_page_only_briefly(site: BuiltSite) -> None:
    kept = {entry["path"]: entry["cache_control"] for entry in site.manifest["files"]}
    pages = {kept.pop(page) for page in NAMED}
    assert pages == {"public, max-age=0, s-maxage=60, must-revalidate"}
    assert set(kept.values()) == {"public, max-age=31536000, immutable"}


def test_the_first_view_is_at_most_25_kib_in_5_requests(site: BuiltSite) -> None:
    sizes = {
        entry["path"]: min(part["size"] for part in (entry, *entry["encodings"].values()))
        for entry in site.manifest["files"]
    }
    for page in PAGES:
        first = {page, *re.findall(r'(?:href|src)="(assets/[^"]+)"', site.text(page))}
        assert sum(sizes[path] for path in first) <= 25 * 1024, page
        assert len(first) <= 5


def test_the_first_view_preloads_what_its_script_imports(site: BuiltSite) -> None:
    imported = set(re.findall(r'from"\./([^"]+)"', site.text(site.path_of("page.js"))))
    preloaded = re.findall(r'rel="modulepreload" href="assets/([^"]+)"', site.page)
    assert set(preloaded) == imported


def test_every_file_is_named_by_the_page_or_a_script(site: BuiltSite) -> None:
    names = {Path(entry["path"]).name for entry in site.manifest["files"]} - NAMED
    texts = [site.text(entry["path"]) for entry in site.manifest["files"]]
    assert {name for name in names if not any(name in text for text in texts)} == set()


def test_a_build_loads_no_sdk(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "sitegen", "build"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "sitegen.build" in loaded
    assert loaded.isdisjoint({"boto3", "botocore"})


def test_the_same_input_gives_the_same_bytes(build: Build) -> None:
    first = build().everything()
    assert build().everything() == first


def test_a_changed_module_changes_the_name_of_what_imports_it(
    build: Build, templates: Path
) -> None:
    before = {name: build().path_of(name) for name in ("core.js", "account.js", "page.css")}
    append(templates / "js" / "client.js", "export const changed = true;\n")
    after = build()
    assert after.path_of("core.js") != before["core.js"]
    assert after.path_of("account.js") != before["account.js"]
    assert after.path_of("page.css") == before["page.css"]
    assert after.path_of("page.js") in after.page
    for importer in ("account.js", "page.js"):
        assert Path(after.path_of("core.js")).name in after.text(after.path_of(importer))
    assert Path(after.path_of("account.js")).name in after.text(after.path_of("page.js"))


MODULES = {
    "page.js": "import { both } from './both.js';\nboth(import('./far.js'), import('./off.js'));\n",
    "both.js": "export const both = () => 'both';\n",
    "far.js": "import { both } from './both.js';\nimport { far } from './beyond.js';\nboth(far);\n",
    "off.js": "import { far } from './beyond.js';\nimport { own } from './own.js';\nown(far);\n",
    "beyond.js": "export const far = 'beyond';\n",
    "own.js": "export const own = () => 'own';\n",
}


def test_modules_are_joined_by_who_needs_them(build: Build, templates: Path) -> None:
    for name, text in MODULES.items():
        (templates / "js" / name).write_text(text)
    built = build()
    paths = {entry["path"] for entry in built.manifest["files"]}
    # Beside `client.js`, which is for other pages.
    scripts = {path for path in paths if path.startswith("assets/") and path.endswith(".js")}
    named = {path.partition("/")[2].partition(".")[0]: built.text(path) for path in scripts}
    assert set(named) == {"page", "core", "common", "far", "off"}
    assert [name for name, text in named.items() if "'both'" in text or '"both"' in text] == [
        "core"
    ]
    assert [name for name, text in named.items() if '"beyond"' in text] == ["common"]
    assert [name for name, text in named.items() if '"own"' in text] == ["off"]


def test_any_change_changes_the_version(build: Build, templates: Path) -> None:
    before = build().manifest["version"]
    append(templates / "css" / "page.css.j2", "body { order: 1 }\n")
    assert build().manifest["version"] != before


def test_what_the_last_build_left_is_gone(build: Build, templates: Path) -> None:
    old = build().path_of("page.css")
    append(templates / "css" / "page.css.j2", "body { order: 1 }\n")
    assert not (build().folder / old).exists()


def test_nothing_but_the_site_is_left_beside_it(build: Build, templates: Path) -> None:
    build()
    folder = build().folder.parent
    assert {path.name for path in folder.iterdir()} == {"site", "templates"}


@pytest.mark.parametrize(
    ("file", "broken", "complaint"),
    [
        ("page/register.html.j2", "{{ odd }}", r"page/register.html.j2, line \d+: .*odd"),
        ("page/sign-in.html.j2", "{% endif %}", r"page/sign-in.html.j2, line \d+: .*endif"),
        ("page/index.html.j2", '{% include "page/none.j2" %}', "page/none.j2 is missing"),
        ("css/page.css.j2", "{{ light.none }}", r"css/page.css.j2, line \d+: .*none"),
        ("js/page.js", "if (", "page.js: .*"),
        ("js/words.js", "import './none.js';", r"words.js imports none.js, which is not in"),
        ("js/words.js", "export function go() {}", "both declare go"),
        ("js/words.js", "import * as all from './client.js';", "client.js by its name"),
        ("js/client.js", "import './page.js';", "Modules import each other: .*page.js"),
    ],
)  # fmt: skip
def test_a_broken_template_is_named_and_leaves_the_old_site(
    *,
    file: str,
    broken: str,
    complaint: str,
    build: Build,
    templates: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = build().everything()
    append(templates / file, broken)
    folder = templates.parent / "site"
    assert main(["build", "--output", str(folder), "--templates", str(templates)]) == 1
    assert re.search(complaint, capsys.readouterr().err)
    assert BuiltSite(folder).everything() == before


def test_a_folder_that_is_no_site_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    assert main(["build", "--output", str(tmp_path)]) == 1
    assert "is not a built site" in capsys.readouterr().err
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_without_output_the_site_is_built_into_the_instance_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path / "instance"))
    assert main(["build"]) == 0
    assert (tmp_path / "instance" / "site" / "index.html").is_file()


def test_a_wrong_setting_is_explained_in_a_sentence(
    build: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRAND_COLOUR", "greenish")
    assert main(["build"]) == 2
    assert capsys.readouterr().err == (
        "BRAND_COLOUR is 'greenish'. Allowed is a colour in the form `#1f5f4a`.\n"
    )


@pytest.mark.parametrize(("curves", "address"), [(1, "data:image/"), (500, "assets/logo.")])
def test_a_small_logo_is_part_of_the_page_and_a_large_one_a_file(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, curves: int, address: str
) -> None:
    logo = tmp_path / "own.svg"
    drawn = "".join(f"c{n} 1 2 3 4 5" for n in range(curves))
    logo.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 2{drawn}"/></svg>')
    monkeypatch.setenv("BRAND_LOGO", str(logo))
    built = build()
    assert re.findall('(?:src|href)="(data:image/|assets/logo[.])', built.page) == [address] * 2
    assert len(list(built.folder.glob("assets/logo.*.svg"))) == (address == "assets/logo.")


def test_the_brand_is_on_the_page(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logo = tmp_path / "own.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M1 2h3"/></svg>')
    monkeypatch.setenv("BRAND_NAME", "Fish & <Chips>")
    monkeypatch.setenv("BRAND_COLOUR", "#7a1f5f")
    monkeypatch.setenv("BRAND_LOGO", str(logo))
    monkeypatch.setenv("PASSWORD_MIN_LENGTH", "12")
    built = build()
    outside_attributes = re.sub(r'"[^"]*"', "", built.page)
    assert "<Chips>" not in outside_attributes
    assert "<title>Fish & <Chips></title>" in unescape(built.page)
    assert "#7a1f5f" in built.text(built.path_of("page.css"))
    [address] = re.findall('<img src="(data:[^"]+)"', built.page)
    assert b"M1 2h3" in urlopen(address).read()
    assert 'minlength="12"' in built.page
    assert "At least 12 characters" in built.page
