import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useRef } from 'react'
import { flushSync } from 'react-dom'
import { problemOf } from '../api/problem.ts'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'

interface Props<V extends Record<string, unknown>> {
  // biome-ignore lint/suspicious/noExplicitAny: the type of the input of forms of any values
  form: UseFormReturnType<V, any>
  /** The field, a list of texts. */
  name: keyof V & string
  label: string
  description?: string
  placeholder?: string
  /** The label of the button for another row. */
  add: string
  required?: boolean
}

/** A list of short texts, one in each row, with the error of the API at the row that it is about. */
export function TextRows<V extends Record<string, unknown>>(props: Props<V>) {
  const { form, name, label, description, placeholder, add, required = false } = props
  const rows = form.getValues()[name] as readonly string[]
  const adding = useRef<HTMLButtonElement>(null)
  const node = (i: number) => form.getInputNode(`${name}.${i}`)
  const set = (to: readonly string[]) => {
    form.clearErrors()
    form.setFieldValue(name, to as never)
  }
  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={form.errors[name]}
      labelElement="div"
      required={required}
    >
      <Stack gap="xs" mt="xs">
        {rows.map((_, i) => (
          <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={t('{{label}}, row {{number}}', { label, number: i + 1 })}
              placeholder={placeholder}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              flex={1}
              classNames={{ input: 'mono' }}
              {...form.getInputProps(`${name}.${i}`)}
            />
            {(rows.length > 1 || !required) && (
              <ActionIcon
                variant="default"
                size="input-sm"
                aria-label={t('Remove row {{number}}: {{label}}', { label, number: i + 1 })}
                onClick={() => {
                  flushSync(() => set(rows.filter((_, at) => at !== i)))
                  adding.current?.focus()
                }}
              >
                <Icon name="trash" size={16} />
              </ActionIcon>
            )}
          </Group>
        ))}
        <div>
          <Button
            ref={adding}
            size="xs"
            variant="default"
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => {
              flushSync(() => set([...rows, '']))
              node(rows.length)?.focus()
            }}
          >
            {add}
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  )
}

/** Without the rows that were left empty. */
export function filledRows(rows: readonly string[]): string[] {
  return rows.map((row) => row.trim()).filter((row) => row !== '')
}

/** The input that an error about a list names, such as `The 'origins.1' field …`; it counts only filled rows. */
export function rowOf(problem: unknown, field: string, values: Record<string, unknown>): string | undefined {
  const named = new RegExp(`'${field}\\.(\\d+)'`).exec(problemOf(problem).details)
  const rows = values[field]
  if (!named || !Array.isArray(rows)) return undefined
  const place = Number(named[1])
  const filled = [...rows.keys()].filter((i) => rows[i].trim() !== '')
  return `${field}.${filled[place] ?? place}`
}
