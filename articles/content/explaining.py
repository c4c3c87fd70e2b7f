"""What libyaml could not read, in an editor's words: what stands there, and what to do about it."""

import re
from typing import Final

import yaml

from articles.content.lines import line_number
from articles.content.problems import Problem, error

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LINE_START: Final = r"(?:\A|(?<=[\n\r\x85\u2028\u2029]))"
_END_OF_DOCUMENT: Final = re.compile(_LINE_START + r"\.\.\.\s")
_DIRECTIVE: Final = re.compile(_LINE_START + "%")

_TAB: Final = "A tab stands where only spaces may. Put spaces in its place."
_NO_TAG: Final = "A tag (!) of this kind is not read. Take it out, or put the value in quotes."
_MISALIGNED: Final = (
    "The value above ends before this point, or this line is indented otherwise than the lines it belongs to. "
    "Check the quotes and the spaces at the beginning, here and in the line above."
)
_ADVICE: Final = (
    (r"document$", "several_documents", "A second YAML document begins here. Keep one, between two lines '---'."),
    (r"duplicate anchor", "bad_yaml", "An anchor (&) of this name stands above already. Take both out."),
    (r"undefined alias", "alias", "An alias (*) is not read. Write the value out."),
    (r"tag", "unknown_tag", _NO_TAG),
    (r"a tab character", "bad_yaml", _TAB),
    (r"scanning an (anchor|alias)", "bad_yaml", "A text cannot begin with & or *. Put it in quotes."),
    (
        r"\\|hexdecimal|escape",
        "bad_yaml",
        "A backslash here begins nothing that YAML knows. Write \\\\ for a backslash.",
    ),
    (r"block scalar", "bad_yaml", "Behind | or > stands nothing else. Begin the text on the next line."),
    (r"sequence entries", "bad_yaml", "A list begins behind a key. Put it on lines of its own, or the text in quotes."),
    (r"unexpected ':'", "bad_yaml", "A colon stands in a text between brackets. Put the text in quotes."),
    (r"mapping keys", "bad_yaml", "A text cannot begin with '? '. Put it in quotes."),
    (r"flow node", "bad_yaml", "A bracket above is not closed, or an item is missing here. Mend it."),
    (r"node content", "bad_yaml", "A text cannot begin with a bracket or a comma. Put it in quotes."),
    (
        r"mapping values",
        "bad_yaml",
        "A colon stands here where no key ends. Put a text that holds ': ' in quotes; put a space behind the colon "
        "of each key, also in the line above. A key has at most 1,000 characters.",
    ),
    (r"expected key|'-' indicator|<document start>", "bad_yaml", _MISALIGNED),
)
_ADVICE_AT_BEGINNING: Final = (
    (r"quoted scalar.*(stream|indicator)", "bad_yaml", "The quote that opens here is not closed. Close it."),
    (
        r"flow (sequence|mapping)",
        "bad_yaml",
        "The bracket that opens here is not closed, or what stands in it lacks a comma or quotes. Mend it.",
    ),
    (
        r"simple key",
        "bad_yaml",
        "This line is no 'key: value'. Write it so; or indent it, if it goes on with the text above.",
    ),
)


def explain(front: str, refusal: yaml.YAMLError) -> Problem:
    """The problem that libyaml's refusal of a front matter is, its line counted from 0 on."""
    control = _CONTROL.search(front)
    if control is not None:
        message = f"The character U+{ord(control[0]):04X} is not allowed in YAML. Take it out."
        return error("control_character", message, line=line_number(front, control.start()))
    said = f"{getattr(refusal, 'context', '')}: {getattr(refusal, 'problem', '')}"
    begin, at = (getattr(getattr(refusal, name, None), "index", 0) for name in ("context_mark", "problem_mark"))
    directive = _DIRECTIVE.search(front)
    if directive and re.search("directive|document", said, re.IGNORECASE):
        message = "A line that begins with % is a directive, which is not read. Take it out, or put the key in quotes."
        return error("directive", message, line=line_number(front, directive.start()))
    if "cannot start any token" in said:
        message = _TAB if front[at] == "\t" else f"A text cannot begin with '{front[at]}'. Put it in quotes."
        return error("bad_yaml", message, line=line_number(front, at))
    if "<document start>" in said and _END_OF_DOCUMENT.search(front, 0, at):
        said = "another document"
    for advices, index in ((_ADVICE_AT_BEGINNING, begin), (_ADVICE, at)):
        for pattern, code, message in advices:
            if re.search(pattern, said):
                return error(code, message, line=line_number(front, index))
    message = f"YAML cannot read this: {said.strip(': ')}. Look at this line and the one before."
    return error("bad_yaml", message, line=line_number(front, at))
