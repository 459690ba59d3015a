from app.services.rag.chunking import chunk


def test_unknown_code_is_cut_at_blank_lines_of_low_indentation() -> None:
    function = "sub work {\n" + "    my $value = compute(1);\n\n" * 20 + "}\n\n"
    chunks = chunk("a.pl", function * 8)
    assert len(chunks) > 2
    assert all(item.text.startswith("sub work {") for item in chunks)
    assert {(item.kind, item.symbol, item.language) for item in chunks} == {("text", None, "perl")}


def test_prose_is_cut_between_paragraphs() -> None:
    paragraph = "Some words that fill a line of the page.\n" * 9
    chunks = chunk("notes.txt", "\n".join([paragraph] * 12))
    assert len(chunks) > 2
    assert all((item.start_line - 1) % 10 == 0 and item.end_line % 10 == 9 for item in chunks)


def test_a_blank_file_has_no_chunks() -> None:
    assert chunk("a.txt", "") == chunk("a.py", "\n \n\t\n") == chunk("a.md", "\n\n") == []
