package com.amazonaws.services.lambda.runtime;

/** Who invoked through the mobile SDK. */
public interface CognitoIdentity {
  String getIdentityId();

  String getIdentityPoolId();
}
