package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {
  private final HttpServletRequest request = mock();

  @ParameterizedTest
  @CsvSource({
    "example.com,http://example.com,true",
    "example.com,https://example.com,true", // TLS may end at a proxy
    "example.com:443,https://example.com,true",
    "example.com:80,http://EXAMPLE.com,true",
    "example.com:8080,http://example.com:8080,true",
    "example.com,http://example.com:8080,false",
    "example.com:80,https://example.com,false",
    "example.com,http://example.com.evil.org,false",
    "example.com,http://evil.org,false",
    "example.com,null,false",
    "example.com,'',false",
    "example.com,http://,false",
    "example.com,'http://example.com evil',false",
    "'exa mple',http://example.com,false",
    "[::1]:8080,http://[::1]:8080,true",
  })
  void anOriginIsOwnIfHostAndPortAre(String host, String origin, boolean own) {
    when(request.getHeader("Host")).thenReturn(host);
    assertEquals(own, Origins.isOwn(request, origin));
  }

  @Test
  void aSameOriginStreamWithoutOriginHasTheRequestsOwn() {
    when(request.getHeader("Sec-Fetch-Site")).thenReturn("same-origin");
    when(request.getHeader("Host")).thenReturn("example.com");
    when(request.getScheme()).thenReturn("https");
    assertEquals("https://example.com", Origins.of(request));
  }

  @ParameterizedTest
  @CsvSource({"cross-site,null", "same-site,null", "none,"})
  void aPageThatHidesItsOriginHasOneThatIsNobodys(String site, String origin) {
    when(request.getHeader("Sec-Fetch-Site")).thenReturn(site);
    assertEquals(origin, Origins.of(request));
  }

  @Test
  void aClientThatIsNoBrowserHasNone() {
    assertNull(Origins.of(request));
    assertEquals(false, Origins.isOwn(request, "http://example.com"), "without a Host header");
  }
}
