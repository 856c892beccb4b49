"""From settings and templates to the files of the site, and into a folder in one step."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.languages import LANGUAGES
from backend.settings import Settings
from sitegen import colour, files, manifest, modules
from sitegen.errors import BuildError
from sitegen.files import File, Variant
from sitegen.manifest import Manifest
from sitegen.templates import Templates

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
SWAPS = 10
# Views that the page fetches when they are asked for.
LATER = ("account", "admin")
CLIENT = "client.js"
# A logo up to this size is part of the page, and saves a request.
WITHIN_BYTES = 1024


def build(settings: Settings, output: Path, templates: Path = TEMPLATES) -> Manifest:
    _refuse_foreign(output)
    pages, assets = site_files(settings, templates)
    made = _compressed([*pages, *assets])
    contents = manifest.manifest(made)
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as workspace:
        fresh = Path(workspace, "fresh")
        _write(fresh, made, contents)
        _swap(fresh, output, aside=Path(workspace, "aside"))
    return contents


def site_files(settings: Settings, folder: Path) -> tuple[list[File], list[File]]:
    """The pages, `index.html` first and then one a language, and the assets of them all."""
    templates = Templates(folder.resolve())
    brand = settings.brand_colour
    shades = {"light": colour.light(brand), "dark": colour.dark(brand)}
    style = files.asset("page.css", templates.render("css/page.css.j2", shades))
    logo = files.asset("logo.svg", _logo(settings, templates))
    scripts = modules.linked(folder / "js", "page.js")
    assets = [style, *([logo] if len(logo.body) > WITHIN_BYTES else []), *scripts.files]
    values = {
        "brand_name": settings.brand_name,
        "password_min_length": settings.password_min_length,
        "terms_url": settings.terms_url,
        "privacy_url": settings.privacy_url,
        "languages": list(LANGUAGES.values()),
        "style": style.path,
        "logo": logo.path if logo in assets else files.data_url(logo),
        "entry": scripts.entry.path,
        "preloaded": [script.path for script in scripts.core],
        **shades,
    }
    made = {tag: _spoken(templates, values, tag) for tag in LANGUAGES}
    pages = [
        files.page(files.PAGE, made[settings.default_language][0]),
        *(files.page(files.page_in(tag), text) for tag, (text, _) in made.items()),
        # Under a name that stays and with its types, for other pages of the site.
        files.source(CLIENT, (folder / "js" / CLIENT).read_text(encoding="utf-8")),
    ]
    views = [file for _, later in made.values() for file in later]
    return pages, [*assets, *views]


def _spoken(templates: Templates, values: dict[str, Any], tag: str) -> tuple[str, list[File]]:
    """The page in a language, and the views that it fetches later."""
    spoken = {**values, "language": LANGUAGES[tag]}
    later = {
        name: files.asset(
            f"{name}.{tag}.html", templates.render(f"page/{name}.html.j2", spoken, tag)
        )
        for name in LATER
    }
    named = {name: file.path for name, file in later.items()}
    text = templates.render("page/index.html.j2", {**spoken, "later": named}, tag)
    return text, list(later.values())


def _logo(settings: Settings, templates: Templates) -> str:
    if settings.brand_logo:
        try:
            return settings.brand_logo.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BuildError(f"BRAND_LOGO: {settings.brand_logo} cannot be read: {error}") from None
    tile = settings.brand_colour
    return templates.render("page/logo.svg.j2", {"tile": tile, "ink": colour.ink_on(tile)})


def _refuse_foreign(output: Path) -> None:
    """What stands at `output` is replaced, so it has to be a site."""
    if output.exists() and not (output / manifest.NAME).is_file():
        raise BuildError(f"{output} is there already and is not a built site.")


def _compressed(made: list[File]) -> list[tuple[File, list[Variant]]]:
    """On all cores: this is most of the work, and leaves the interpreter alone."""
    with ThreadPoolExecutor() as pool:
        return list(zip(made, pool.map(files.variants, made), strict=True))


def _write(folder: Path, made: Iterable[tuple[File, list[Variant]]], contents: Manifest) -> None:
    for file, variants in made:
        parts: list[File | Variant] = [file, *variants]
        for part in parts:
            target = folder / part.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(part.body)
    (folder / manifest.NAME).write_bytes(manifest.written(contents))


def _swap(fresh: Path, output: Path, *, aside: Path) -> None:
    """Two builds at once both succeed, and the later one stays."""
    for turn in range(SWAPS):
        with suppress(FileNotFoundError):
            output.rename(aside.with_suffix(f".{turn}"))
        with suppress(OSError):
            fresh.rename(output)
            return
    raise BuildError(f"{output} could not be replaced.")
