"""Atom and RSS as arXiv writes them (https://info.arxiv.org/help/api/user-manual.html, .../rss_specifications.html)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tests.replicas.arxiv_corpus import EASTERN, Deposit


def atom(papers: Sequence[Deposit], query: str, total: int, start: int, size: int) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href={quoteattr("http://arxiv.org/api/query?" + query)} rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: {escape(query)}</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2025-11-14T00:00:00-05:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{total}</opensearch:totalResults>
  <opensearch:startIndex xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{start}</opensearch:startIndex>
  <opensearch:itemsPerPage xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{size}</opensearch:itemsPerPage>
{"".join(map(_entry, papers))}</feed>
"""


def _entry(paper: Deposit) -> str:
    link = f"http://arxiv.org/abs/{paper.id}v{paper.version}"
    stamp = f"{paper.published:%Y-%m-%dT%H:%M:%SZ}"
    authors = "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in paper.authors)
    extra = "".join(
        f'    <arxiv:{name} xmlns:arxiv="http://arxiv.org/schemas/atom">{escape(value)}</arxiv:{name}>\n'
        for name, value in (("doi", paper.doi), ("comment", paper.comment), ("journal_ref", paper.journal_ref))
        if value
    )
    categories = "".join(
        f'    <category term="{name}" scheme="http://arxiv.org/schemas/atom"/>\n' for name in paper.categories
    )
    return f"""  <entry>
    <id>{link}</id>
    <updated>{stamp}</updated>
    <published>{stamp}</published>
    <title>{escape(paper.title)}</title>
    <summary>  {escape(paper.abstract)}
</summary>
{authors}{extra}    <link href="{link}" rel="alternate" type="text/html"/>
    <link title="pdf" href="{link.replace("/abs/", "/pdf/")}" rel="related" type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="{paper.categories[0]}"/>
{categories}  </entry>
"""


def atom_error(message: str) -> str:
    """The entry that arXiv sends for a query it cannot read."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
  <title type="html">ArXiv Query: </title>
  <id>http://arxiv.org/api/error</id>
  <updated>2025-11-14T00:00:00-05:00</updated>
  <opensearch:totalResults>1</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>
  <entry>
    <id>http://arxiv.org/api/errors#{escape(message.replace(" ", "_"))}</id>
    <title>Error</title>
    <summary>{escape(message)}</summary>
    <updated>2025-11-14T00:00:00-05:00</updated>
    <published>2025-11-14T00:00:00-05:00</published>
    <author><name>arXiv api core</name></author>
  </entry>
</feed>
"""


def rss(papers: Sequence[Deposit], categories: str, day: date) -> str:
    stamp = format_datetime(datetime.combine(day, time(0), EASTERN))
    built = format_datetime(datetime.combine(day, time(5), UTC))
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">
  <channel>
    <title>{escape(categories)} updates on arXiv.org</title>
    <link>http://rss.arxiv.org/rss/{escape(categories)}</link>
    <description>{escape(categories)} updates on the arXiv.org e-print archive.</description>
    <docs>http://www.rssboard.org/rss-specification</docs>
    <language>en-us</language>
    <lastBuildDate>{built}</lastBuildDate>
    <managingEditor>rss-help@arxiv.org</managingEditor>
    <pubDate>{stamp}</pubDate>
    <skipDays>
      <day>Sunday</day>
      <day>Saturday</day>
    </skipDays>
{"".join(_item(paper, stamp) for paper in papers)}  </channel>
</rss>
"""


def _item(paper: Deposit, stamp: str) -> str:
    categories = "".join(f"      <category>{name}</category>\n" for name in paper.categories)
    return f"""    <item>
      <title>{escape(paper.title)}</title>
      <link>https://arxiv.org/abs/{paper.id}</link>
      <description>arXiv:{paper.id}v{paper.version} Announce Type: {paper.kind} 
Abstract: {escape(paper.abstract)}</description>
      <guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>
{categories}      <pubDate>{stamp}</pubDate>
      <arxiv:announce_type>{paper.kind}</arxiv:announce_type>
      <dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
      <dc:creator>{escape(", ".join(paper.authors))}</dc:creator>
    </item>
"""
