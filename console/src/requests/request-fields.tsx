import { Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { CredentialRequestCreate, Scope } from 'comserv'
import type { ReactNode } from 'react'
import { t } from '../i18n/t.ts'
import { toUtc } from '../list/filter-bar.tsx'

export type RequestValues = {
  name: string
  scopes: Scope[]
  reason: string
  expires_at: string
}

export const emptyRequest: RequestValues = { name: '', scopes: [], reason: '', expires_at: '' }

export function requestInput({ expires_at, ...rest }: RequestValues): CredentialRequestCreate {
  return { ...rest, expires_at: expires_at ? toUtc(expires_at) : null }
}

/** The fields of a request, for people and for guests. @param scopes the field in which they choose the scopes */
export function RequestFields<V extends RequestValues>({
  form,
  scopes,
}: {
  form: UseFormReturnType<V>
  scopes: ReactNode
}) {
  return (
    <>
      <TextInput
        label={t('Name')}
        description={t('The program that will use the key.')}
        placeholder={t('Payroll export')}
        required
        maw={460}
        {...form.getInputProps('name')}
      />
      {scopes}
      <Textarea
        label={t('Reason')}
        description={t('What the program does with it, for the administrator who decides.')}
        required
        autosize
        minRows={3}
        {...form.getInputProps('reason')}
      />
      <TextInput
        type="datetime-local"
        label={t('Needed until')}
        description={t('Empty: for as long as possible.')}
        maw={460}
        {...form.getInputProps('expires_at')}
      />
    </>
  )
}
