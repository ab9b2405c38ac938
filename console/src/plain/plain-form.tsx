import { NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { patchOf } from '../diff/field-changes.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { useMay } from '../session/use-session.ts'
import { UserField } from '../users/user-field.tsx'
import type { PlainField, PlainKind, PlainRecord } from './plain-kind.ts'

type PlainValues = { [field: string]: string | number }

/** The form of a plain resource; an empty field means its default. */
export function plainForm({ fields }: PlainKind): FormOf<PlainRecord, PlainValues, object, object> {
  const typed = fields.filter(({ kind }) => kind !== 'computed')
  const valuesOf = (record?: PlainRecord): PlainValues =>
    Object.fromEntries(typed.map(({ name, fallback }) => [name, typedOf(record ? record[name] : fallback)]))
  const inputOf = (values: Partial<PlainValues>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]))
  return {
    valuesOf,
    Fields: ({ form }) => typed.map((field) => <TypedField key={field.name} field={field} form={form} />),
    createInput: inputOf,
    updateInput: (before, values) => inputOf(patchOf(valuesOf(before), values)),
    labels: Object.fromEntries(typed.map(({ name, label }) => [name, label])),
  }
}

function typedOf(value: unknown): string | number {
  return typeof value === 'number' ? value : String(value ?? '')
}

interface Props {
  field: PlainField<PlainRecord>
  form: UseFormReturnType<PlainValues>
}

function TypedField({ field: { name, label, kind, explains, isRequired, options = [] }, form }: Props) {
  const mayReadUsers = useMay()('users:read')
  const common = {
    label,
    description: explains,
    required: isRequired ?? false,
    ...form.getInputProps(name),
  }
  if (kind === 'choice')
    // Without a choice there is the default, if it has one, or nothing.
    return <NativeSelect maw={260} data={['', ...options]} {...common} />
  if (kind === 'date') return <TextInput type="date" maw={260} {...common} />
  if (kind === 'user' && mayReadUsers) {
    const { value } = common
    return (
      <UserField
        maw={460}
        {...common}
        value={value === '' ? undefined : Number(value)}
        onChange={(id) => form.setFieldValue(name, id ?? '')}
      />
    )
  }
  if (kind === 'number' || kind === 'user') return <NumberInput maw={260} {...common} />
  if (kind === 'lines') return <Textarea autosize minRows={2} maw={720} {...common} />
  return <TextInput autoComplete="off" maw={460} {...common} />
}
