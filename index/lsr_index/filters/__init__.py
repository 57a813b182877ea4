"""Filters: expressions over stored fields, which say what documents a search may return.

>>> from lsr_index.filters import Filter
>>> wanted = Filter.parse('year >= 2020 and lang in ("en", "de") and not draft = true')
>>> str(wanted)
"year >= 2020 and lang in ('en', 'de') and not draft = true"
>>> wanted == Filter.from_json({"year": {">=": 2020}, "lang": ["en", "de"], "not": {"draft": True}})
True

| expression | true for documents |
|---|---|
| `year = 2020` `!=` `<` `<=` `>` `>=` | whose value compares so; `==` and `<>` are taken too |
| `lang in ('en', 'de')`, `lang not in ('fr')` | whose value is, or is not, among these |
| `year between 2000 and 2010` | whose value lies in the range, both ends included |
| `exists year`, `missing year` | that have a value, or none |
| `not F`, `F and F`, `F or F`, `(F)` | as usual: `not` binds closest, `or` least; words in either case |

Fields: any stored field, and `id`. Fields of nested objects have dotted names (`meta.year`); names with blanks or like
a word of the language stand in backticks or double quotes, a quote inside being doubled. Values: numbers, `true`,
`false`, and strings in single or double quotes. Dates are strings: ISO 8601 sorts as it should. Strings compare by
code points.

Missing values (no field, null, NaN, an empty list): every comparison is false, `!=` and `not in` too. `not` turns its
result around, so `not lang = 'en'` accepts documents without `lang`, and `lang != 'en'` does not.

Lists: a comparison holds if it holds for one of the values; `tags = 'a'` asks whether the list contains it. `!=` and
`not in` hold if the list has values and none is equal.

Types are found per segment from all of a field's values (`lsr_index.field_types`). Comparing a field with a value of
another type is an error, as is a field without one: values of several types, or objects in lists.
"""

from lsr_index.filters.filter import Filter

__all__ = ["Filter"]
