import { Checkbox, Textarea } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Webhook } from 'comserv'
import { t } from '../i18n/t.ts'
import type { WebhookValues } from './webhook-input.ts'

interface Props {
  form: UseFormReturnType<WebhookValues>
  /** The current record; undefined for a new one. */
  record?: Webhook | undefined
}

/** The certificate with which a webhook identifies itself, for receivers that require one. */
export function CertificateFields({ form, record }: Props) {
  const { changesCertificate } = form.values
  return (
    <>
      {record && (
        <Checkbox
          label={t('Replace the client certificate')}
          description={
            record.client_certificate
              ? t('It has {{subject}}; its key is not shown. Leave both fields empty to remove it.', {
                  subject: record.client_certificate.subject,
                })
              : t('It has none.')
          }
          {...form.getInputProps('changesCertificate', { type: 'checkbox' })}
        />
      )}
      {changesCertificate && (
        <>
          <Textarea
            label={t('Client certificate')}
            description={t(
              'PEM, for receivers that require one. Optional; intermediate certificates follow the certificate.',
            )}
            placeholder="-----BEGIN CERTIFICATE-----"
            autosize
            minRows={2}
            maxRows={6}
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps('certificate')}
          />
          <Textarea
            label={t('Private key of the client certificate')}
            description={t('PEM, not encrypted. It is not shown again.')}
            placeholder="-----BEGIN PRIVATE KEY-----"
            autosize
            minRows={2}
            maxRows={6}
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps('privateKey')}
          />
        </>
      )}
    </>
  )
}
