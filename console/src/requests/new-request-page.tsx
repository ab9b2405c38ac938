import { Paper } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Scope } from 'comserv'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { ScopeMatrix } from '../credentials/scope-matrix.tsx'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'
import { RecordForm } from '../record/record-form.tsx'
import { useChanged } from '../record/use-record.ts'
import { Page } from '../shell/page.tsx'
import { emptyRequest, RequestFields, type RequestValues, requestInput } from './request-fields.tsx'
import { keyRequests } from './requests.ts'

const requestForm = { valuesOf: () => emptyRequest, Fields }

export function NewRequestPage() {
  const navigate = useNavigate()
  const { reload } = useChanged(keyRequests)
  return (
    <Page
      title={t('Ask for a key')}
      under={keyRequests.trail}
      guide={keyRequests.guide}
      lead={t('An administrator decides. When it is approved, the key is shown to you alone.')}
    >
      <Paper withBorder p="lg" maw={760}>
        <RecordForm
          of={requestForm}
          verb={t('Send request')}
          send={async (values: RequestValues) => comserv.credentialRequests.create(requestInput(values))}
          onDone={({ id }) => {
            void reload()
            navigate(`${keyRequests.path}/${id}`, { replace: true })
            notice(t('The request was sent.'))
          }}
          onCancel={() => navigate(keyRequests.path)}
        />
      </Paper>
    </Page>
  )
}

function Fields({ form }: { form: UseFormReturnType<RequestValues> }) {
  return (
    <RequestFields
      form={form}
      scopes={
        <ScopeMatrix
          isRequest
          value={form.values.scopes}
          onChange={(scopes: Scope[]) => form.setFieldValue('scopes', scopes)}
          error={form.errors.scopes}
        />
      }
    />
  )
}
