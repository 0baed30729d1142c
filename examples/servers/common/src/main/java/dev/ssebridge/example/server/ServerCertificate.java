package dev.ssebridge.example.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The self-signed certificate for 127.0.0.1 and localhost that every server of this process shows.
 * It is made once per process, by the JDK's {@code keytool}, in a file that is deleted at exit.
 *
 * <p><b>Threading:</b> safe for concurrent use.
 */
public final class ServerCertificate {
  private static final String PASSWORD = "not-a-secret";

  private static final class Holder {
    static final Path KEY_STORE = create();
  }

  private ServerCertificate() {}

  /** The PKCS12 file with key and certificate. */
  public static Path keyStore() {
    return Holder.KEY_STORE;
  }

  /** The password of the key store and of its key. */
  public static String password() {
    return PASSWORD;
  }

  /** A context for clients that trusts this certificate and no other. */
  public static SSLContext clientContext() {
    try (InputStream in = Files.newInputStream(keyStore())) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(in, PASSWORD.toCharArray());
      KeyStore certificates = KeyStore.getInstance("PKCS12");
      certificates.load(null, null);
      certificates.setCertificateEntry("server", trusted.getCertificate("server"));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(certificates);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("cannot trust " + keyStore(), e);
    }
  }

  private static Path create() {
    try {
      Path directory = Files.createTempDirectory("server-certificate");
      Path file = directory.resolve("server.p12");
      directory.toFile().deleteOnExit();
      file.toFile().deleteOnExit();
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "server",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=localhost",
                  "-ext",
                  "san=dns:localhost,ip:127.0.0.1",
                  "-validity",
                  "2",
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  PASSWORD,
                  "-keystore",
                  file.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!keytool.waitFor(1, TimeUnit.MINUTES) || keytool.exitValue() != 0) {
        throw new IllegalStateException("keytool failed: " + output);
      }
      return file;
    } catch (IOException e) {
      throw new IllegalStateException("keytool could not run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keytool ran", e);
    }
  }
}
