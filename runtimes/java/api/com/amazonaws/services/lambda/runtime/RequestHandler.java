package com.amazonaws.services.lambda.runtime;

/** A handler of values: the event is made into an I, the answer out of an O. */
public interface RequestHandler<I, O> {
  O handleRequest(I input, Context context);
}
