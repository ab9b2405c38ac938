<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Event;
use Comserv\Exception\WebhookVerificationException;
use Comserv\Hook;
use Comserv\Model\WebhookWithSecret;
use Comserv\Webhook;
use PHPUnit\Framework\TestCase;

final class WebhooksTest extends TestCase
{
    private static TestServer $server;
    private static Comserv $comserv;
    private int $receiver;
    private int $arrived = 0;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        self::$comserv = self::$server->client();
    }

    private function subscribed(?string $secret = null): WebhookWithSecret
    {
        ['receiver' => $this->receiver, 'url' => $url] = Rig::do('receiver/start');
        $webhook = ['url' => $url, 'events' => ['document.created', 'user.created']];
        return self::$comserv->webhooks->create($webhook + ($secret === null ? [] : ['secret' => $secret]));
    }

    /** @return array{headers: array<string, string>, raw: string} what arrives next */
    private function next(): array
    {
        $input = ['receiver' => $this->receiver, 'count' => ++$this->arrived];
        return Rig::do('receiver/received', $input)['received'][$this->arrived - 1];
    }

    public function testWhatTheServerSendsIsGenuineAndTypedByItsEvent(): void
    {
        foreach ([null, 'a-secret-of-my-own-choice'] as $own) {
            $this->arrived = 0;
            $webhook = $this->subscribed($own);
            $id = self::$comserv->documents->create(['title' => 'Signed – für alle'])->id;
            self::$server->deliver();
            ['headers' => $headers, 'raw' => $raw] = $this->next();
            $event = self::$comserv->webhooks->verify($raw, $headers, $webhook->secret);
            self::assertInstanceOf(Event\DocumentEventData::class, $event->data);
            self::assertSame([$id, 'Signed – für alle'], [$event->data->id, $event->data->title]);
            self::assertSame($headers['webhook-id'], $event->id);
            self::assertSame(self::$server->now(), (float) $event->timestamp->getTimestamp());
            self::$comserv->webhooks->delete($webhook->id);
        }
    }

    public function testCallsOfHooksAreGenuine(): void
    {
        ['receiver' => $this->receiver, 'url' => $url] = Rig::do('receiver/start');
        $settings = ['url' => $url, 'actions' => ['document.create'], 'status' => 'paused'];
        $hook = self::$comserv->hooks->create($settings);
        $input = ['title' => 'Signed – für alle'];
        self::$comserv->hooks->test($hook->id, ['action' => 'document.create', 'input' => $input]);
        ['headers' => $headers, 'raw' => $raw] = $this->next();
        $call = self::$comserv->hooks->verify($raw, $headers, $hook->secret);
        self::assertSame(['document.create', null, true], [$call->action, $call->record, $call->test]);
        self::assertSame([$headers['webhook-id'], $input], [$call->id, $call->input]);
        self::assertSame(self::$server->now(), (float) $call->timestamp->getTimestamp());
        $now = fn (): float => self::$server->now();
        $secret = $hook->secret;
        $refused = [
            WebhookVerificationException::SIGNATURE_MISMATCH =>
                fn () => Hook::verify("{$raw} ", $headers, $secret, 300, $now),
            WebhookVerificationException::SECRET_MALFORMED => fn () => Hook::verify($raw, $headers, '', 300, $now),
            WebhookVerificationException::BODY_MALFORMED =>
                fn () => Webhook::verify($raw, $headers, $secret, 300, $now),
        ];
        foreach ($refused as $check => $verify) {
            try {
                $verify();
                self::fail("verified in spite of {$check}");
            } catch (WebhookVerificationException $error) {
                self::assertSame($check, $error->check);
            }
        }
        self::$comserv->hooks->delete($hook->id);
    }

    public function testThroughXWebhookSignatureAloneItIsGenuineOnlyForWhoAcceptsThat(): void
    {
        $webhook = $this->subscribed();
        self::$comserv->webhooks->test($webhook->id);
        ['headers' => $headers, 'raw' => $raw] = $this->next();
        $stripped = [
            'HTTP_WEBHOOK_ID' => $headers['webhook-id'],
            'HTTP_WEBHOOK_TIMESTAMP' => $headers['webhook-timestamp'],
            'HTTP_X_WEBHOOK_SIGNATURE' => $headers['x-webhook-signature'],
        ];
        self::assertSame('header_missing', $this->checkOf($raw, $stripped, $webhook->secret));
        $event = self::$comserv->webhooks->verify($raw, $stripped, $webhook->secret, acceptBodySignature: true);
        self::assertNull($event->id);
        self::assertInstanceOf(Event\PingEventData::class, $event->data);
        self::assertSame(['ping', $webhook->id], [$event->event, $event->data->id]);
    }

    public function testWhileASecretIsRotatedTheOldOneAndTheNewOneVerifyThenTheOldOneDoesNot(): void
    {
        $webhook = $this->subscribed();
        $fresh = self::$comserv->webhooks->rotateSecret($webhook->id, ['overlap_hours' => 1])->secret;
        self::$comserv->webhooks->test($webhook->id);
        $during = $this->next();
        foreach ([$webhook->secret, $fresh] as $secret) {
            self::assertSame('genuine', $this->checkOf($during['raw'], $during['headers'], $secret));
        }
        self::$server->advance(3_601.0);
        self::$comserv->webhooks->test($webhook->id);
        $afterwards = $this->next();
        self::assertSame('genuine', $this->checkOf($afterwards['raw'], $afterwards['headers'], $fresh));
        $check = $this->checkOf($afterwards['raw'], $afterwards['headers'], $webhook->secret);
        self::assertSame(WebhookVerificationException::SIGNATURE_MISMATCH, $check);
    }

    public function testAChangedByteAStaleDeliveryAndAnotherSecretAreRefusedEachByName(): void
    {
        $webhook = $this->subscribed();
        self::$comserv->webhooks->test($webhook->id);
        ['headers' => $headers, 'raw' => $raw] = $this->next();
        self::assertSame('signature_mismatch', $this->checkOf("{$raw} ", $headers, $webhook->secret));
        self::assertSame('signature_mismatch', $this->checkOf($raw, $headers, str_repeat('x', 16)));
        self::assertSame('header_missing', $this->checkOf($raw, [], $webhook->secret));
        self::$server->advance(301.0);
        self::assertSame('timestamp_too_old', $this->checkOf($raw, $headers, $webhook->secret));
    }

    public function testTheTypesKnowEveryEventOfTheServer(): void
    {
        $clock = static fn (): float => 1_767_225_600.0;
        foreach (self::$comserv->events->types() as $type) {
            $raw = (string) json_encode($type->example);
            $signature = 'v1,' . base64_encode(hash_hmac('sha256', "evt.1767225600.{$raw}", 'own', true));
            $headers = ['webhook-id' => 'evt', 'webhook-timestamp' => '1767225600', 'webhook-signature' => $signature];
            $event = Webhook::verify($raw, $headers, 'own', clock: $clock);
            self::assertNotInstanceOf(Event\OtherEventData::class, $event->data, $type->name);
            self::assertSame($type->example['data'], $event->data->jsonSerialize());
        }
    }

    public function testASignedBodyWithoutTheFieldsOfItsTypeIsRefused(): void
    {
        $raw = '{"event":"user.created","timestamp":"2026-01-15T08:30:00Z","data":{"id":"one"}}';
        $headers = ['X-Webhook-Signature' => hash_hmac('sha256', $raw, 'own')];
        $this->expectExceptionObject(new WebhookVerificationException(
            WebhookVerificationException::BODY_MALFORMED,
            'The signature is valid, but the body is not an event.',
        ));
        self::$comserv->webhooks->verify($raw, $headers, 'own', acceptBodySignature: true);
    }

    /** @param array<string, string> $headers */
    private function checkOf(string $raw, array $headers, string $secret): string
    {
        try {
            self::$comserv->webhooks->verify($raw, $headers, $secret);
            return 'genuine';
        } catch (WebhookVerificationException $exception) {
            return $exception->check;
        }
    }
}
