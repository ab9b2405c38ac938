import { Accordion, Checkbox, NumberInput, Stack, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Webhook, WebhookCreate, WebhookUpdate } from 'comserv'
import { useEffect, useState } from 'react'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { RuleFields } from '../rules/rule-fields.tsx'
import { UseTestReceiver } from '../test-receivers/use-test-receiver.tsx'
import { CertificateFields } from './certificate-fields.tsx'
import { EventChoice, useEventTypes } from './event-choice.tsx'
import { ExpressionFields } from './expression-fields.tsx'
import { FormatFields } from './format-fields.tsx'
import { SecretFields } from './secret-fields.tsx'
import { createInput, updateInput, valuesOf, type WebhookValues } from './webhook-input.ts'
import { WebhookSecret } from './webhook-secret.tsx'
import { webhooks } from './webhooks.ts'

const webhookForm: FormOf<Webhook, WebhookValues, WebhookCreate, WebhookUpdate> = {
  valuesOf,
  Fields: WebhookFields,
  createInput,
  updateInput,
  labels: {
    url: t('Destination URL'),
    events: t('Events'),
    rules: t('Which documents'),
    description: t('Description'),
    header_names: t('Custom headers'),
    client_certificate: t('Client certificate'),
    concurrency: t('Concurrent deliveries'),
    rate_limit_per_minute: t('Requests a minute'),
    format: t('Format'),
    include_previous: t('Previous values'),
    ordering: t('Order of events'),
    filter: t('Filter'),
    transform: t('Transform'),
    ed25519: t('Ed25519 signature'),
    status: t('Status'),
  },
  shown: ({ rules, client_certificate, ...rest }) => ({
    ...rest,
    rules: rules && JSON.stringify(rules),
    client_certificate: client_certificate?.subject ?? null,
  }),
  apiNames: {
    // The longer name first: an error about any other part of it is shown at the certificate.
    'client_certificate.private_key': 'privateKey',
    client_certificate: 'certificate',
    ordering: 'ordered',
  },
}

export function NewWebhookPage() {
  useEventTypes()
  return (
    <NewPage
      kind={webhooks}
      title={t('Add Webhook')}
      guide="webhooks#add-a-webhook"
      secret={{
        title: t('Store this secret now'),
        show: (made, onDone) => <WebhookSecret webhook={made} onDone={onDone} />,
      }}
    >
      {(creating) => <NewForm kind={webhooks} of={webhookForm} verb={t('Add webhook')} {...creating} />}
    </NewPage>
  )
}

export function EditWebhookPage() {
  useEventTypes()
  return (
    <EditPage kind={webhooks} titleOf={() => t('Change this webhook')} guide="webhooks#change-a-webhook">
      {(editing) => <EditForm kind={webhooks} of={webhookForm} {...editing} />}
    </EditPage>
  )
}

interface FieldsProps {
  form: UseFormReturnType<WebhookValues>
  /** The current record; undefined for a new one. */
  record?: Webhook | undefined
}

function WebhookFields({ form, record }: FieldsProps) {
  return (
    <>
      <TextInput
        label={t('Destination URL')}
        description={t('Where the events are sent, by POST.')}
        placeholder="https://example.org/hooks/comserv"
        type="url"
        required
        {...form.getInputProps('url')}
      />
      {!record && <UseTestReceiver onMade={(url) => form.setFieldValue('url', url)} />}
      <EventChoice
        value={form.values.events}
        onChange={(events) => form.setFieldValue('events', events)}
        error={form.errors.events}
      />
      {form.values.events.some((type) => type === '*' || type.startsWith('document.')) && (
        <RuleFields
          value={form.values.rules}
          onChange={(rules) => form.setFieldValue('rules', rules)}
          error={form.errors.rules}
          scopes={['documents:read']}
          owner={t('the owner of the webhook')}
        />
      )}
      {!record && (
        <SecretFields
          choice={form.getInputProps('ownSecret')}
          secret={form.getInputProps('secret')}
          isOwn={form.values.ownSecret === 'own'}
        />
      )}
      <TextInput
        label={t('Description')}
        description={t('For you and your colleagues. Optional.')}
        {...form.getInputProps('description')}
      />
      <MoreFields form={form} record={record} />
    </>
  )
}

/** Rarely needed settings; those that have an error open. */
const folded = {
  format: ['format', 'include_previous', 'ordered', 'ed25519'],
  more: ['headers', 'certificate', 'privateKey', 'concurrency', 'rate_limit_per_minute'],
  expressions: ['filter', 'transform'],
} as const

function MoreFields({ form, record }: FieldsProps) {
  const [unfolded, setUnfolded] = useState<string | null>(null)
  const wrong = Object.entries(folded).find(([, names]) => names.some((name) => form.errors[name]))?.[0]
  useEffect(() => {
    if (wrong) setUnfolded(wrong)
  }, [wrong])
  return (
    <Accordion
      variant="contained"
      chevronPosition="left"
      // Its fields are rendered at once: whether one of them shows an error decides where that is said.
      keepMountedMode="display-none"
      value={unfolded}
      onChange={setUnfolded}
    >
      <Accordion.Item value="expressions">
        <Accordion.Control>{t('Filter and transform')}</Accordion.Control>
        <Accordion.Panel>
          <ExpressionFields form={form} />
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="format">
        <Accordion.Control>{t('Format and signature')}</Accordion.Control>
        <Accordion.Panel>
          <FormatFields form={form} record={record} />
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="more">
        <Accordion.Control>{t('Headers, certificate and limits')}</Accordion.Control>
        <Accordion.Panel>
          <Stack>
            {record && (
              <Checkbox
                label={t('Replace the custom headers')}
                description={
                  record.header_names.length > 0
                    ? t('It sends {{header_names}}; their values are not shown.', {
                        header_names: record.header_names.join(', '),
                      })
                    : t('It has none.')
                }
                {...form.getInputProps('changesHeaders', { type: 'checkbox' })}
              />
            )}
            {form.values.changesHeaders && (
              <Textarea
                label={t('Custom headers')}
                description={t(
                  'One per line, such as Authorization: Bearer abc. Their values are kept secret.',
                )}
                autosize
                minRows={2}
                classNames={{ input: 'mono' }}
                {...form.getInputProps('headers')}
              />
            )}
            <CertificateFields form={form} record={record} />
            <NumberInput
              label={t('Concurrent deliveries')}
              description={t('Maximum number of requests at once')}
              min={1}
              maw={260}
              {...form.getInputProps('concurrency')}
            />
            <NumberInput
              label={t('Requests a minute')}
              description={t('Empty: no limit')}
              min={1}
              maw={260}
              {...form.getInputProps('rate_limit_per_minute')}
            />
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}
