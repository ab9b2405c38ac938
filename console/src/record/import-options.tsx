import { Checkbox, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'

export interface Options {
  encoding?: string
  time_zone: string
  author?: string
  again?: boolean
}

/** In words: nobody knows the encoding of a file by name. */
const encodings = [
  { value: '', label: 'Recognise it (UTF-8 or UTF-16)' },
  { value: 'windows-1252', label: 'Windows, Western Europe (Excel, Windows-1252)' },
  { value: 'windows-1250', label: 'Windows, Central Europe (Windows-1250)' },
  { value: 'windows-1251', label: 'Windows, Cyrillic (Windows-1251)' },
  { value: 'windows-1253', label: 'Windows, Greek (Windows-1253)' },
  { value: 'windows-1254', label: 'Windows, Turkish (Windows-1254)' },
  { value: 'iso-8859-15', label: 'Latin 9 with the euro sign (ISO 8859-15)' },
  { value: 'iso-8859-2', label: 'Latin 2, Central Europe (ISO 8859-2)' },
  { value: 'macintosh', label: 'Macintosh, Western Europe (Mac Roman)' },
  { value: 'shift_jis', label: 'Japanese (Shift JIS)' },
  { value: 'gb18030', label: 'Chinese, simplified (GB 18030)' },
  { value: 'big5', label: 'Chinese, traditional (Big5)' },
  { value: 'euc-kr', label: 'Korean (EUC-KR)' },
]

export const zoneHere = Intl.DateTimeFormat().resolvedOptions().timeZone
const zones = [...new Set([zoneHere, 'UTC', ...Intl.supportedValuesOf('timeZone')])]

interface Props {
  options: Options
  hasAuthor: boolean
  onChange(options: Options): void
}

export function ImportOptions({ options, hasAuthor, onChange }: Props) {
  const set = (name: 'encoding' | 'author', text: string) => {
    const { [name]: _, ...others } = options
    onChange(text === '' ? others : { ...others, [name]: text })
  }
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm">
      <NativeSelect
        label="Character encoding"
        data={encodings}
        value={options.encoding ?? ''}
        onChange={({ currentTarget }) => set('encoding', currentTarget.value)}
      />
      <NativeSelect
        label="Time zone"
        description="Of times without an offset; a date alone is midnight there"
        data={zones}
        value={options.time_zone}
        onChange={({ currentTarget }) => onChange({ ...options, time_zone: currentTarget.value })}
      />
      {hasAuthor && (
        <TextInput
          label="Author"
          description="Of documents without one: a username"
          value={options.author ?? ''}
          onChange={({ currentTarget }) => set('author', currentTarget.value)}
        />
      )}
      <Checkbox
        label="Import again what you imported before"
        description="Otherwise those rows are skipped, also where they are in another file"
        checked={options.again === true}
        onChange={({ currentTarget }) => onChange({ ...options, again: currentTarget.checked })}
      />
    </SimpleGrid>
  )
}
