package com.amazonaws.services.lambda.runtime.events;

import java.util.Date;
import java.util.List;

/** Has what is special about the event classes of AWS's library. */
public class QueueEvent {
  private List<Entry> records;

  public List<Entry> getRecords() {
    return records;
  }

  public void setRecords(List<Entry> value) {
    records = value;
  }

  public String describe() {
    final Entry first = records.get(0);
    return first.eventSourceArn + " " + first.detailType + " " + first.sentAt.getTime() + " " + first.body;
  }

  /** Without a default constructor. */
  public static class Entry {
    private final String eventSourceArn;
    private final String detailType;
    private final Date sentAt;
    private final String body;

    public Entry(String eventSourceArn, String detailType, Date sentAt, String body) {
      this.eventSourceArn = eventSourceArn;
      this.detailType = detailType;
      this.sentAt = sentAt;
      this.body = body;
    }
  }
}
