<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use PHPUnit\Framework\TestCase;

final class PackageTest extends TestCase
{
    private const PROGRAM = <<<'PHP'
        <?php

        require 'vendor/autoload.php';

        $comserv = new Comserv\Comserv(getenv('COMSERV_URL'), apiKey: getenv('KEY'));
        $titles = [];
        foreach (['A', 'B', 'C'] as $title) {
            $comserv->documents->create(['title' => $title]);
        }
        foreach ($comserv->documents->list(['limit' => 2]) as $document) {
            $titles[] = $document->title;
        }
        foreach ($comserv->documents->export() as $document) {
            $titles[] = $document->title;
        }
        try {
            $comserv->documents->get(999);
        } catch (Comserv\Exception\ComservException $exception) {
            $refused = get_class($exception);
        }
        try {
            Comserv\Webhook::verify('{}', [], 'a plain secret');
        } catch (Comserv\Exception\WebhookVerificationException $exception) {
            $check = $exception->check;
        }
        echo json_encode(compact('titles', 'refused', 'check', 'comserv') + ['version' => $comserv::VERSION]);
        PHP;

    public function testInstalledByComposerIntoAnEmptyFolderThePackageWorksWithoutADependency(): void
    {
        $server = TestServer::start();
        $key = $server->credential('admin')['client_secret'];
        $folder = Program::folder();
        $source = ['type' => 'path', 'url' => dirname(__DIR__), 'options' => ['symlink' => false]];
        file_put_contents("{$folder}/composer.json", json_encode([
            'repositories' => [['packagist.org' => false], $source],
            'require' => ['comserv/comserv' => '^0.1'],
        ]));
        self::composer($folder, 'install', '--no-progress', '--quiet');
        $installed = json_decode((string) file_get_contents("{$folder}/vendor/composer/installed.json"), true);
        self::assertSame(['comserv/comserv'], array_column($installed['packages'], 'name'));
        foreach (['README.md', 'CHANGELOG.md', 'LICENSE', 'src/Comserv.php'] as $file) {
            self::assertFileExists("{$folder}/vendor/comserv/comserv/{$file}");
        }
        file_put_contents("{$folder}/program.php", self::PROGRAM);
        $printed = Program::run([PHP_BINARY, 'program.php'], $folder, ['COMSERV_URL' => $server->url, 'KEY' => $key]);
        $shown = json_decode($printed, true);
        self::assertSame(['A', 'B', 'C', 'A', 'B', 'C'], $shown['titles'] ?? $printed);
        self::assertSame('Comserv\Exception\ResourceNotFoundException', $shown['refused']);
        self::assertSame('header_missing', $shown['check']);
        self::assertSame(Comserv::VERSION, $shown['version']);
        self::assertStringNotContainsString($key, $printed);
    }

    public function testItsManifestIsValidAndAsksForNoMoreThanCurlAndJson(): void
    {
        $printed = self::composer(dirname(__DIR__), 'validate', '--no-check-publish', '--no-check-lock');
        self::assertStringContainsString('is valid', $printed);
        $manifest = json_decode((string) file_get_contents(dirname(__DIR__) . '/composer.json'), true);
        self::assertSame(['php' => '>=8.1', 'ext-curl' => '*', 'ext-json' => '*'], $manifest['require']);
    }

    public function testTheVersionIsTheSameEverywhereAndInTheUserAgent(): void
    {
        $manifest = json_decode((string) file_get_contents(dirname(__DIR__) . '/composer.json'), true);
        self::assertSame(Comserv::VERSION, $manifest['version']);
        $changelog = (string) file_get_contents(dirname(__DIR__) . '/CHANGELOG.md');
        self::assertStringContainsString("\n## " . Comserv::VERSION . "\n", $changelog);
        $strange = Strange::start(['status' => 204, 'headers' => []]);
        (new Comserv($strange->url, apiKey: 'key'))->users->delete(1);
        self::assertSame('comserv-php/' . Comserv::VERSION, $strange->requests()[0]['headers']['user-agent']);
    }

    private static function composer(string $folder, string ...$arguments): string
    {
        $command = ['composer', '--no-interaction', ...array_values($arguments)];
        return Program::run($command, $folder, [
            'COMPOSER_HOME' => Program::folder(),
            'COMPOSER_ALLOW_SUPERUSER' => '1',
            'COMPOSER_DISABLE_NETWORK' => '1',
        ]);
    }
}
