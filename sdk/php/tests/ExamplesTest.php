<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use PHPUnit\Framework\TestCase;

/** Runs the examples and the code of the README in a folder with a `vendor/autoload.php`, as a program's would be. */
final class ExamplesTest extends TestCase
{
    private const PASSWORD = 'a long enough password';

    private static TestServer $server;
    private static Comserv $comserv;
    private static string $folder;
    /** @var array<string, string> */
    private static array $env;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start();
        self::$comserv = self::$server->client();
        ['client_id' => $id, 'client_secret' => $secret] = self::$server->credential('admin');
        self::$env = [
            'COMSERV_URL' => self::$server->url,
            'KEY' => $secret,
            'CLIENT_ID' => $id,
            'CLIENT_SECRET' => $secret,
            'NAME' => 'johndoe',
            'PASSWORD' => self::PASSWORD,
            'WEBHOOK_SECRET' => 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0',
        ];
        self::$folder = Program::folder();
        mkdir(self::$folder . '/vendor');
        $autoload = var_export(__DIR__ . '/autoload.php', true);
        $guzzle = "require 'GuzzleHttp/autoload.php';";
        file_put_contents(self::$folder . '/vendor/autoload.php', "<?php require {$autoload}; {$guzzle}");
        self::$comserv->users->create([
            'username' => 'johndoe',
            'email' => 'johndoe@example.org',
            'password' => self::PASSWORD,
            'role' => 'editor',
        ]);
    }

    private static function example(string $name): string
    {
        return Program::run([PHP_BINARY, dirname(__DIR__) . "/examples/{$name}"], self::$folder, self::$env);
    }

    public function testListUsers(): void
    {
        $pattern = '/^1 active users\n\d+ johndoe johndoe@example\.org\n$/';
        self::assertMatchesRegularExpression($pattern, self::example('list-users.php'));
    }

    public function testCreateDocumentStartedTwiceWritesOneDocument(): void
    {
        $first = self::example('create-document.php');
        self::assertMatchesRegularExpression('/^document \d+ is published\n$/', $first);
        self::assertSame($first, self::example('create-document.php'));
        self::assertSame(1, self::$comserv->documents->list(['category' => 'reports'])->meta->total_count);
    }

    public function testReceiveWebhookTakesWhatTheServerSendsAndRefusesWhatItDoesNot(): void
    {
        $address = self::freeAddress();
        $webhook = self::$comserv->webhooks->create(['url' => "http://{$address}/hooks", 'events' => ['user.created']]);
        // The receiver goes by the clock of the machine.
        self::$server->present();
        [$line, $stop] = Program::start(
            [PHP_BINARY, '-S', $address, dirname(__DIR__) . '/examples/receive-webhook.php'],
            self::$folder,
            ['WEBHOOK_SECRET' => $webhook->secret],
        );
        try {
            $line('started');
            self::assertSame('delivered', self::$comserv->webhooks->test($webhook->id)->status);
            self::assertStringEndsWith("ping\n", $line('ping'));
            $forged = curl_init("http://{$address}/hooks");
            curl_setopt_array($forged, [
                CURLOPT_POSTFIELDS => '{}',
                CURLOPT_HTTPHEADER => ['x-webhook-signature: 00'],
                CURLOPT_RETURNTRANSFER => true,
            ]);
            curl_exec($forged);
            self::assertSame(400, curl_getinfo($forged, CURLINFO_RESPONSE_CODE));
            self::assertStringEndsWith("header_missing\n", $line('refused'));
        } finally {
            $stop();
            self::$comserv->webhooks->delete($webhook->id);
        }
    }

    public function testTheCodeOfTheReadmeRunsFromTheFirstLineToTheLast(): void
    {
        $text = (string) file_get_contents(dirname(__DIR__) . '/README.md');
        preg_match_all('/^```php\n(.*?)^```$/ms', $text, $blocks);
        self::assertCount(8, $blocks[1]);
        self::assertLessThanOrEqual(10, count(explode("\n", trim($blocks[1][0]))), 'a first call of ten lines at most');
        $program = implode("\n", $blocks[1]) . "\necho receive('{}', []), \"\\n\";\n";
        $program = str_replace('http://127.0.0.1:3000', self::$server->url, $program);
        file_put_contents(self::$folder . '/readme.php', $program);
        $printed = Program::run([PHP_BINARY, 'readme.php'], self::$folder, self::$env);
        self::assertStringStartsWith("johndoe johndoe@example.org\n", $printed);
        self::assertStringContainsString("\n127.0.0.1 comserv-php/" . Comserv::VERSION . "\n", $printed);
        $pattern = '/\nresource_not_found There is no user with id 4711\. [0-9a-f-]{36}\nok\nheader_missing\n400\n$/';
        self::assertMatchesRegularExpression($pattern, $printed);
    }

    private static function freeAddress(): string
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        if ($socket === false) {
            throw new \RuntimeException('There is no free port.');
        }
        $address = (string) stream_socket_get_name($socket, false);
        fclose($socket);
        return $address;
    }
}
