package dev.ssebridge.testkit;

/** A request of a {@link TestClient} was answered with a status that refuses it. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  RefusedException(String request, int status, String text) {
    super(request + " was refused: " + status + (text.isEmpty() ? "" : " " + text));
    this.status = status;
  }

  /**
   * The status of the answer.
   *
   * @return for example 403; 200 for a stream that is told to come later
   */
  public int status() {
    return status;
  }
}
