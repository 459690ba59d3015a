"""Names that are close to one that is not known."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process, utils

CLOSE = 55.0
"""Of 100, as WRatio counts: `eulr` for `euler` is 89, `dpm2m` for `dpmpp_2m` 77; what shares little is below."""

SUGGESTED = 3


def unknown(name: object, there: Sequence[object]) -> str:
    """Return that a name is not known, and which ones are close."""
    known = [value for value in there if isinstance(value, str)]
    close = process.extract(
        str(name), known, scorer=fuzz.WRatio, processor=utils.default_process, limit=SUGGESTED, score_cutoff=CLOSE
    )
    near = ", ".join(found for found, *_ in close)
    if near:
        return f"ComfyUI does not know it; did you mean {near}?"
    some = ", ".join(known[:SUGGESTED])
    return f"ComfyUI does not know it; there is {some}" if some else "ComfyUI does not know it, and has none"
