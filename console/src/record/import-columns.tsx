import { Fieldset, NativeSelect, SimpleGrid, Text } from '@mantine/core'
import { labelOf } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'

/** The columns that are no field of the record, each with the field that it fills; '' leaves it out. */
export interface Mapping {
  columns: readonly { name: string; field: string }[]
  fields: readonly string[]
}

/** Fields that an export has and an import ignores. */
const ignored = ['id', 'version', 'last_login', 'publish_refused']

export function ImportColumns({
  mapping: { columns, fields },
  onChange,
}: {
  mapping: Mapping
  onChange(mapping: Mapping): void
}) {
  const choices = [
    { value: '', label: t('Leave out') },
    ...fields
      .filter((field) => !ignored.includes(field))
      .map((field) => ({ value: field, label: labelOf(field.split('.').at(-1) ?? field) })),
  ]
  return (
    <Fieldset legend={t('Columns with other names')}>
      <Text size="sm" mb="sm">
        {t('Choose what each of these columns holds. What is left out is not imported.')}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
        {columns.map(({ name, field }) => (
          <NativeSelect
            key={name}
            label={<span dir="auto">{name}</span>}
            data={choices}
            value={field}
            onChange={({ currentTarget }) =>
              onChange({
                fields,
                columns: columns.map((column) =>
                  column.name === name ? { name, field: currentTarget.value } : column,
                ),
              })
            }
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  )
}
