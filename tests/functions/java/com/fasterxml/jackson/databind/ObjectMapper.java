package com.fasterxml.jackson.databind;

/** Stands for another version of a library that the runtime uses as well. */
public class ObjectMapper {
  public static final String COPY = "the function's own";
}
