import { Checkbox, Radio, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Webhook } from 'comserv'
import { t } from '../i18n/t.ts'
import type { WebhookValues } from './webhook-input.ts'

interface Props {
  form: UseFormReturnType<WebhookValues>
  /** The current record; undefined for a new one. */
  record?: Webhook | undefined
}

/** What is sent besides the event, in which format, and who can verify it. */
export function FormatFields({ form, record }: Props) {
  return (
    <Stack>
      <Radio.Group label={t('Format')} {...form.getInputProps('format')}>
        <Stack gap="xs" mt={6}>
          <Radio
            value="standard"
            label={t('The event alone')}
            description={t('JSON with event, timestamp and data. The guides show this format.')}
          />
          <Radio
            value="cloudevents"
            label="CloudEvents 1.0"
            description={t(
              'For message brokers and functions that expect it: JSON with type, source, subject, time and data.',
            )}
          />
        </Stack>
      </Radio.Group>
      <Checkbox
        label={t('Send previous values')}
        description={t('Events of updates also have the fields that changed, as they were before.')}
        {...form.getInputProps('include_previous', { type: 'checkbox' })}
      />
      <Checkbox
        label={t('Keep the order of events about the same record')}
        description={t(
          'An event waits until the earlier ones about the same user or document were delivered, or have failed for good.',
        )}
        {...form.getInputProps('ordered', { type: 'checkbox' })}
      />
      <Checkbox
        label={t('Also sign with Ed25519')}
        description={
          record?.ed25519
            ? t(
                'Turning this off deletes the key pair: receivers that verify with its public key refuse what is sent afterwards.',
              )
            : t(
                'Receivers can then verify with a public key, and need no secret. The page of the webhook shows the key.',
              )
        }
        {...form.getInputProps('ed25519', { type: 'checkbox' })}
      />
    </Stack>
  )
}
