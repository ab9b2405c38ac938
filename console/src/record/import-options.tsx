import { Checkbox, NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { t } from '../i18n/t.ts'

export interface Options {
  encoding?: string
  time_zone: string
  author?: string
  again?: boolean
}

/** In words: nobody knows the encoding of a file by name. */
const encodings = [
  { value: '', label: t('Recognise it (UTF-8 or UTF-16)') },
  { value: 'windows-1252', label: t('Windows, Western Europe (Excel, Windows-1252)') },
  { value: 'windows-1250', label: t('Windows, Central Europe (Windows-1250)') },
  { value: 'windows-1251', label: t('Windows, Cyrillic (Windows-1251)') },
  { value: 'windows-1253', label: t('Windows, Greek (Windows-1253)') },
  { value: 'windows-1254', label: t('Windows, Turkish (Windows-1254)') },
  { value: 'iso-8859-15', label: t('Latin 9 with the euro sign (ISO 8859-15)') },
  { value: 'iso-8859-2', label: t('Latin 2, Central Europe (ISO 8859-2)') },
  { value: 'macintosh', label: t('Macintosh, Western Europe (Mac Roman)') },
  { value: 'shift_jis', label: t('Japanese (Shift JIS)') },
  { value: 'gb18030', label: t('Chinese, simplified (GB 18030)') },
  { value: 'big5', label: t('Chinese, traditional (Big5)') },
  { value: 'euc-kr', label: t('Korean (EUC-KR)') },
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
        label={t('Character encoding')}
        data={encodings}
        value={options.encoding ?? ''}
        onChange={({ currentTarget }) => set('encoding', currentTarget.value)}
      />
      <NativeSelect
        label={t('Time zone')}
        description={t('Of times without an offset; a date alone is midnight there')}
        data={zones}
        value={options.time_zone}
        onChange={({ currentTarget }) => onChange({ ...options, time_zone: currentTarget.value })}
      />
      {hasAuthor && (
        <TextInput
          label={t('Author')}
          description={t('Of documents without one: a username')}
          value={options.author ?? ''}
          onChange={({ currentTarget }) => set('author', currentTarget.value)}
        />
      )}
      <Checkbox
        label={t('Import again what you imported before')}
        description={t('Otherwise those rows are skipped, also where they are in another file')}
        checked={options.again === true}
        onChange={({ currentTarget }) => onChange({ ...options, again: currentTarget.checked })}
      />
    </SimpleGrid>
  )
}
