"""CIFF, the Common Index File Format (Lin et al., SIGIR 2020): what BMP, PISA, Terrier, JASS and Anserini exchange.

A file, plain or gzipped, is a row of protobuf messages, each preceded by its length as a varint:

    Header          1 version = 1 · 2 postings lists · 3 documents · 4 … 7 totals, mean length · 8 description
    PostingsList    1 term · 2 postings · 3 sum of impacts · 4 Posting, repeated           as many as the header says
      Posting         1 document, less the one before it · 2 impact
    DocRecord       1 document · 2 its id in the collection · 3 its length                 as many as the header says

Fields that are 0 are left out. The impact stands where a bag of words has its term frequency.
"""
