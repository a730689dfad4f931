package haneul.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The system's file of trusted certificates as a key store: a sandbox has one that knows the authority behind
 * its AWS endpoints. It is read when the first TLS connection is made. runtimes/java/java.security names it.
 */
public final class SystemTrust extends Provider {
  private static final long serialVersionUID = 1;

  public SystemTrust() {
    super("HaneulSystemTrust", "1.0", "the system's trusted certificates");
    put("KeyStore.HaneulPem", PemFile.class.getName());
  }

  /** Read only, certificates only. */
  public static final class PemFile extends KeyStoreSpi {
    private final Map<String, Certificate> certificates = new LinkedHashMap<>();

    @Override
    public void engineLoad(InputStream stream, char[] password) throws IOException, CertificateException {
      if (stream == null) return;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
        certificates.put("ca" + certificates.size(), each);
      }
    }

    @Override
    public Certificate engineGetCertificate(String alias) {
      return certificates.get(alias);
    }

    @Override
    public Enumeration<String> engineAliases() {
      return Collections.enumeration(certificates.keySet());
    }

    @Override
    public boolean engineContainsAlias(String alias) {
      return certificates.containsKey(alias);
    }

    @Override
    public int engineSize() {
      return certificates.size();
    }

    @Override
    public boolean engineIsCertificateEntry(String alias) {
      return certificates.containsKey(alias);
    }

    @Override
    public String engineGetCertificateAlias(Certificate wanted) {
      for (Map.Entry<String, Certificate> each : certificates.entrySet()) {
        if (each.getValue().equals(wanted)) return each.getKey();
      }
      return null;
    }

    @Override
    public boolean engineIsKeyEntry(String alias) {
      return false;
    }

    @Override
    public Key engineGetKey(String alias, char[] password) {
      return null;
    }

    @Override
    public Certificate[] engineGetCertificateChain(String alias) {
      return null;
    }

    @Override
    public Date engineGetCreationDate(String alias) {
      return certificates.containsKey(alias) ? new Date(0) : null;
    }

    @Override
    public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public void engineSetCertificateEntry(String alias, Certificate certificate) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public void engineDeleteEntry(String alias) {
      throw new UnsupportedOperationException("read only");
    }

    @Override
    public void engineStore(OutputStream stream, char[] password) {
      throw new UnsupportedOperationException("read only");
    }
  }
}
