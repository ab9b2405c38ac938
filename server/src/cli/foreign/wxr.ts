import { SaxesParser } from 'saxes'
import { rowBytesMax } from '../../import/rows.ts'
import type { Source } from '../../import/source.ts'
import { CommandError } from '../../lib/command-error.ts'

/** One `item` or `wp:author`: its direct children by name; of several, the first. */
export interface WxrRecord {
  kind: 'item' | 'wp:author'
  /** In which it begins. */
  line: number
  fields: ReadonlyMap<string, string>
  categories: readonly { domain: string; name: string }[]
  comments: number
}

/** What the channel says of the site. */
export interface WxrSite {
  version: string | undefined
  url: string | undefined
}

/**
 * The records of an export of WordPress (WXR 1.0 to 1.2), one after the other: a file of any size needs the memory of one.
 * Prefixes are taken as WordPress writes them.
 * @throws CommandError that names the line of what is wrong
 */
export async function* wxrRecords(source: Source, site: WxrSite): AsyncGenerator<WxrRecord> {
  const reading = new WxrReading(site)
  // The source is UTF-8 whatever the file was.
  const decoder = new TextDecoder()
  for await (const chunk of source.utf8()) yield* reading.read(decoder.decode(chunk, { stream: true }))
  yield* reading.end(decoder.decode())
}

/** Elements whose text is kept; all others, such as those of plugins, are passed over. */
const kept = new Set([
  ...['title', 'dc:creator', 'content:encoded', 'excerpt:encoded', 'category'],
  ...[
    'wp:post_id',
    'wp:post_date_gmt',
    'wp:post_modified_gmt',
    'wp:status',
    'wp:post_type',
    'wp:post_password',
  ],
  ...['wp:author_login', 'wp:author_email', 'wp:author_display_name'],
  ...['wp:author_first_name', 'wp:author_last_name'],
])
const ofSite = new Set(['wp:wxr_version', 'wp:base_blog_url', 'link'])
const recordDepth = 3

class WxrReading {
  readonly #site: WxrSite
  readonly #parser = new SaxesParser()
  #found: WxrRecord[] = []
  #depth = 0
  #root = ''
  #record:
    | (WxrRecord & { fields: Map<string, string>; categories: { domain: string; name: string }[] })
    | undefined
  #text: string[] | undefined
  #characters = 0
  #domain = ''

  constructor(site: WxrSite) {
    this.#site = site
    this.#parser.on('error', (error) => this.#fail(error.message.replace(/^\d+:\d+: /, '')))
    this.#parser.on('opentag', ({ name, attributes }) => this.#open(name, attributes.domain ?? ''))
    this.#parser.on('closetag', ({ name }) => this.#close(name))
    this.#parser.on('text', (text) => this.#add(text))
    this.#parser.on('cdata', (text) => this.#add(text))
  }

  read(text: string): WxrRecord[] {
    this.#parser.write(text)
    return this.#take()
  }

  end(text: string): WxrRecord[] {
    this.#parser.write(text)
    this.#parser.close()
    return this.#take()
  }

  #take(): WxrRecord[] {
    const found = this.#found
    this.#found = []
    return found
  }

  #open(name: string, domain: string): void {
    this.#depth++
    if (this.#depth === 1) this.#root = name
    if (this.#depth === recordDepth && (name === 'item' || name === 'wp:author')) {
      const line = this.#parser.line
      this.#record = { kind: name, line, fields: new Map(), categories: [], comments: 0 }
    }
    const isChild = this.#record ? this.#depth === recordDepth + 1 : this.#depth === recordDepth
    if (isChild && (this.#record ? kept : ofSite).has(name)) {
      this.#text = []
      this.#characters = 0
      this.#domain = domain
    }
    if (this.#record && isChild && name === 'wp:comment') this.#record.comments++
  }

  #add(text: string): void {
    if (!this.#text) return
    this.#characters += text.length
    if (this.#characters > rowBytesMax) this.#fail(`an element has more than ${rowBytesMax / 1024 ** 2} MiB`)
    this.#text.push(text)
  }

  #close(name: string): void {
    const text = this.#text?.join('')
    const isChild = this.#depth === recordDepth + 1 || !this.#record
    if (text !== undefined && isChild) {
      this.#keep(name, text)
      this.#text = undefined
    }
    if (this.#record && this.#depth === recordDepth) {
      this.#found.push(this.#record)
      this.#record = undefined
    }
    this.#depth--
  }

  #keep(name: string, text: string): void {
    const record = this.#record
    if (!record) {
      if (name === 'wp:wxr_version') this.#site.version ??= text
      else this.#site.url = name === 'wp:base_blog_url' ? text : (this.#site.url ?? text)
    } else if (name === 'category') record.categories.push({ domain: this.#domain, name: text })
    else if (!record.fields.has(name)) record.fields.set(name, text)
  }

  #fail(problem: string): never {
    const isOther = this.#depth > 0 && this.#root !== 'rss'
    throw new CommandError(
      isOther
        ? `The file is not an export of WordPress: it begins with <${this.#root}> instead of <rss>. Nothing was imported.`
        : `The file is not sound XML, or is cut off: line ${this.#parser.line}: ${problem}. Export it again, or correct the line. Nothing was imported.`,
    )
  }
}
